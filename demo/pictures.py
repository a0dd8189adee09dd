"""Invented papers, drawn small and marked SAMPLE: what a persona sends in where a real person sends a photo."""

import io
import unicodedata
from collections.abc import Iterable
from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

CARD, LETTER = (640, 400), (660, 510)
INK, PALE, FADED = "#1b2b34", "#e6f0ef", "#c9dad8"


def photo_id(name: str, born: date, expires_on: date) -> SimpleUploadedFile:
    """A card with a face, a name and two dates."""
    image, draw = _paper(CARD, "SAMPLE ID CARD", "State of Nowhere")
    draw.rounded_rectangle((30, 110, 210, 350), 12, fill=FADED)
    draw.ellipse((80, 140, 160, 230), fill=INK)
    draw.pieslice((50, 245, 190, 430), 180, 360, fill=INK)
    _lines(draw, 240, 120, ["Name", name, "Born", _day(born), "Expires", _day(expires_on)])
    return _file(image, "photo-id.jpg")


def diploma(name: str) -> SimpleUploadedFile:
    image, draw = _paper(LETTER, "SAMPLE DIPLOMA", "Example High School")
    _lines(draw, 60, 150, ["This says that", name, "finished high school", ""])
    return _file(image, "diploma.jpg")


def training_certificate(name: str, provider: str, hours: int, starts: date, ends: date) -> SimpleUploadedFile:
    image, draw = _paper(LETTER, "SAMPLE CERTIFICATE", provider)
    _lines(draw, 60, 140, ["Name", name, "Training", f"{hours} hours", "From and to", f"{_day(starts)} - {_day(ends)}"])
    return _file(image, "training-certificate.jpg")


def court_order(old: str, new: str) -> SimpleUploadedFile:
    image, draw = _paper(LETTER, "SAMPLE COURT ORDER", "Superior Court of Nowhere")
    _lines(draw, 60, 150, ["The name", old, "is changed to", new])
    return _file(image, "court-order.jpg")


def _paper(size: tuple[int, int], title: str, issuer: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", size, PALE)
    draw = ImageDraw.Draw(image)
    draw.text((size[0] // 2, size[1] - 70), "SAMPLE", font=ImageFont.load_default(110), fill=FADED, anchor="mm")
    draw.rectangle((0, 0, size[0] - 1, size[1] - 1), outline=INK, width=6)
    draw.text((30, 24), title, font=ImageFont.load_default(36), fill=INK)
    draw.text((30, 70), _plain(issuer), font=ImageFont.load_default(20), fill=INK)
    return image, draw


def _lines(draw: ImageDraw.ImageDraw, left: int, top: int, lines: Iterable[str]) -> None:
    """Small and large lines by turns: a label and what it labels."""
    for number, line in enumerate(lines):
        large = number % 2
        draw.text((left, top), _plain(line), font=ImageFont.load_default(30 if large else 18), fill=INK)
        top += 48 if large else 26


def _plain(text: str) -> str:
    """Without marks, as many ID cards print names; the built-in typeface has none either."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _day(day: date) -> str:
    return day.strftime("%m/%d/%Y")


def _file(image: Image.Image, name: str) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return SimpleUploadedFile(name, buffer.getvalue(), content_type="image/jpeg")
