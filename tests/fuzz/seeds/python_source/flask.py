from flask import Flask

app = Flask(__name__)


@app.route("/")
def hello():
    """Says
hello."""
    return f"<p>{greet("you")!r:>{width}}</p>"
