"""Tides: a page from a template, a static file, an answer with a model."""

import fastapi
import fastapi.staticfiles
import fastapi.templating
import pydantic

app = fastapi.FastAPI()
app.mount("/static", fastapi.staticfiles.StaticFiles(directory="static"), name="static")
templates = fastapi.templating.Jinja2Templates(directory="templates")


class Tide(pydantic.BaseModel):
    hour: int
    metres: float


TIDES = [Tide(hour=4, metres=3.1), Tide(hour=16, metres=2.9)]


@app.get("/")
async def page(request: fastapi.Request):
    return templates.TemplateResponse(request, "tides.html", {"tides": TIDES})


@app.get("/next/{hour}")
async def following(hour: int) -> Tide:
    return next((tide for tide in TIDES if tide.hour >= hour), TIDES[0])
