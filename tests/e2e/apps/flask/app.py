"""A shelf of books: one page from a template, one static file."""

import flask

app = flask.Flask(__name__)
BOOKS = [("Ulysses", 1922), ("Orlando", 1928)]


@app.after_request
def tell(response):
    print(flask.request.method, flask.request.path, response.status_code, flush=True)
    return response


@app.route("/")
def shelf():
    return flask.render_template("shelf.html", books=BOOKS)


@app.route("/count")
def count():
    return {"books": len(BOOKS)}
