"""Decide whether an uploaded file can be accepted, and write a safe version of it.

A program, not a module to import: files from strangers are taken apart only here, in a child process that first gives
up its own room to do harm (``LIMITS``), knows no secret, has no environment and stands alone (no Django, nothing of
this project). The file comes on standard input. The answer goes to standard output: one line of JSON and, when the file
is accepted, the safe version behind it. Whatever is not understood is refused.

    python -I judge.py judge < upload            {"type": "image/jpeg", "pages": 1, "doubts": ["dark"]} or {"refused": "password"}
    python -I judge.py draw 3 1200 < clean.pdf   page 3 as a PNG picture 1200 pixels wide

``-I`` matters: without it the folder of this file would come first, and its ``numbers.py`` would hide Python's own.
"""

import io
import json
import re
import resource
import sys
import warnings
import zipfile
import zlib

import pikepdf
import pillow_heif
import puremagic
import pypdfium2
from PIL import Image, ImageFilter, ImageOps, ImageStat, MpoImagePlugin, TiffImagePlugin  # noqa: F401

MB = 1024 * 1024
MOST_BYTES = 15 * MB
MOST_PAGES = 40
# The sharpest common phone camera takes 50 million pixels. What is kept is a letter-size page at 300 dots per inch.
MOST_PIXELS = 50_000_000
KEPT_EDGE = 3300
TEST_VIRUS = b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!"
MOST_UNPACKED = 128 * MB
MOST_UNPACKED_IN_ALL = 1024 * MB

# Whatever the libraries would load or set later is loaded and set now, because afterwards no file can be opened.
Image.preinit()
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)
pillow_heif.register_heif_opener(thumbnails=False)
pillow_heif.options.DECODE_THREADS = 1

# No file and no connection can be opened (NOFILE), nothing written but to the pipe it was given (FSIZE).
LIMITS = {
    resource.RLIMIT_AS: 512 * MB,
    resource.RLIMIT_CPU: 9,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_NOFILE: 0,
    resource.RLIMIT_CORE: 0,
}


class Refused(Exception):
    """The file cannot be accepted; the text is the code that the portal turns into words."""


def refuse_if(answer, code):
    if answer:
        raise Refused(code)


def judge(data):
    """Answer ``(facts, safe version)`` for the bytes of an upload, or raise ``Refused``."""
    refuse_if(not data, "empty")
    refuse_if(len(data) > MOST_BYTES, "too_large")
    refuse_if(TEST_VIRUS in data, "virus")
    kind = kind_of(data)
    refuse_if(kind is None, "wrong_type")
    refuse_if(holds_another_file(data, kind), "two_in_one")
    return safe_pdf(data) if kind == "pdf" else safe_picture(data, kind)


# --- what is it? ----------------------------------------------------------------------------------------------------
MIME_TYPES = {
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/heic": "heic",
    "image/heif": "heic",
    "application/pdf": "pdf",
}


def kind_of(data):
    """Answer jpeg, png, heic or pdf, by the first bytes and only where a second opinion agrees."""
    kind = first_bytes_say(data)
    return kind if kind and kind in library_says(data) else None


def first_bytes_say(data):
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data[4:8] == b"ftyp" and re.search(rb"hei[cxms]", data[8:48]):
        return "heic"
    return None


def library_says(data):
    with warnings.catch_warnings(action="ignore"):
        return {MIME_TYPES.get(match.mime_type) for match in puremagic.magic_string(data)}


# --- is it only that? -----------------------------------------------------------------------------------------------
PAGE_CODE = re.compile(rb"<html[\s>]|<script[\s>]|<\?php\s|<svg[\s>]|<!doctype\s", re.IGNORECASE)
PADDING = b"\0\r\n\t "


def holds_another_file(data, kind):
    """Whether the bytes could also be read as something else: a page, a program, an archive, a second document."""
    rest = data[ENDS[kind](data) :].strip(PADDING)
    return bool(
        (rest and not (kind == "jpeg" and is_camera_extra(rest)))
        or PAGE_CODE.search(data, 0, 1024 if kind == "pdf" else len(data))
        or (kind != "pdf" and b"%PDF-" in data)
        or zipfile.is_zipfile(io.BytesIO(data))
    )


def is_camera_extra(rest):
    """Phones append a second picture (depth, brightness), a short film or Samsung's notes; none of it is kept."""
    return rest.startswith(b"\xff\xd8\xff") or b"ftyp" in rest[:8] or rest.endswith(b"SEFT")


def end_of_jpeg(data):
    for marker, _start, end in jpeg_segments(data):
        if marker == 0xD9:
            return end
    raise Refused("damaged")


def jpeg_segments(data):
    """Yield ``(marker, start, end)``; the coded picture belongs to the start-of-scan segment before it."""
    here = 2
    while found := JPEG_MARKER.search(data, here):
        start, marker = found.start(), data[found.end() - 1]
        bare = marker in (0x01, 0xD8, 0xD9)
        here = found.end() + (0 if bare else int.from_bytes(data[found.end() : found.end() + 2]))
        yield marker, start, here
        if marker == 0xD9:
            return


JPEG_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]", re.DOTALL)


def end_of_png(data):
    here = 8
    while here + 12 <= len(data):
        name, here = data[here + 4 : here + 8], here + 12 + int.from_bytes(data[here : here + 4])
        if name == b"IEND":
            return here
    raise Refused("damaged")


def end_of_heic(data):
    """HEIC is boxes one after another; the last must end where the file ends."""
    here = 0
    while here + 8 <= len(data) and data[here + 4 : here + 8].isalnum():
        size = int.from_bytes(data[here : here + 4])
        size = {0: len(data) - here, 1: int.from_bytes(data[here + 8 : here + 16])}.get(size, size)
        refuse_if(size < 8 or here + size > len(data), "damaged")
        here += size
    return here


def end_of_pdf(data):
    last = data.rfind(b"%%EOF")
    refuse_if(last < 0, "damaged")
    return last + 5


ENDS = {"jpeg": end_of_jpeg, "png": end_of_png, "heic": end_of_heic, "pdf": end_of_pdf}


# --- pictures -------------------------------------------------------------------------------------------------------
def safe_picture(data, kind):
    """Paint the picture anew, upright and without anything the camera wrote beside it (place, time, device)."""
    image = open_picture(data, kind)
    refuse_if(image.width * image.height > MOST_PIXELS, "too_many_pixels")
    image.thumbnail((KEPT_EDGE, KEPT_EDGE))
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 257).convert("L")
    paper = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper.paste(image, mask=image)
    else:
        paper.paste(image.convert("RGB"))
    facts, safe = written(paper, "PNG" if kind == "png" else "JPEG")
    return facts | {"doubts": doubts_about(paper)}, safe


# Found by blurring and darkening pictures of cards: at these a person begins to guess. Brightness goes from 0 to 255.
LEAST_EDGE = 500
LEAST_BRIGHTNESS = 45
LEAST_DETAIL = 0.008
AGAINST_NEIGHBOURS = ImageFilter.Kernel((3, 3), [0, 1, 0, 1, -4, 1, 0, 1, 0], scale=1, offset=128)


def doubts_about(picture):
    """Why it may be hard to read, as codes; a doubt, and no reason to refuse it."""
    grey = picture.convert("L")
    grey.thumbnail((1000, 1000))
    edges = grey.filter(AGAINST_NEIGHBOURS).crop((1, 1, max(2, grey.width - 1), max(2, grey.height - 1)))
    light, detail = ImageStat.Stat(grey), ImageStat.Stat(edges)
    doubted = {
        "small": min(picture.size) < LEAST_EDGE,
        "dark": light.mean[0] < LEAST_BRIGHTNESS,
        "blurred": detail.var[0] < LEAST_DETAIL * light.var[0],
    }
    return [code for code, is_so in doubted.items() if is_so]


def open_picture(data, kind):
    try:
        return Image.open(io.BytesIO(data), formats={"jpeg": ["JPEG", "MPO"], "heic": ["HEIF"]}.get(kind, ["PNG"]))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refused("too_many_pixels") from None


def written(image, form):
    out = io.BytesIO()
    image.save(out, form, **({"compress_level": 4} if form == "PNG" else {"quality": 90}))
    return {"type": f"image/{form.lower()}", "pages": 1}, out.getvalue()


# --- documents ------------------------------------------------------------------------------------------------------
def safe_pdf(data):
    """Copy the pages, and nothing but the pages, of a document that runs nothing, hides nothing and is not locked."""
    try:
        pdf = pikepdf.open(io.BytesIO(data))
    except Exception:
        refuse_if(b"/Encrypt" in data, "password")
        raise
    refuse_if(pdf.is_encrypted, "password")
    refuse_if(len(pdf.pages) == 0, "damaged")
    refuse_if(len(pdf.pages) > MOST_PAGES, "too_many_pages")
    unpacked = 0
    for thing in everything_in(pdf):
        refuse_if(runs_something(thing), "active")
        refuse_if(carries_a_file(thing), "attachment")
        unpacked += unpacked_size(thing)
        refuse_if(unpacked > MOST_UNPACKED_IN_ALL, "bomb")
    pages = copy_of_pages(pdf)
    out = io.BytesIO()
    pages.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, deterministic_id=True)
    return {"type": "application/pdf", "pages": len(pages.pages)}, out.getvalue()


def everything_in(pdf):
    """Yield every dictionary and stream, reachable or not, however deeply one lies in another."""
    waiting = [pdf.trailer, *pdf.objects]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, pikepdf.Array):
            inside = list(thing)
        elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            yield thing
            inside = [value for _key, value in thing.items()]
        else:
            continue
        waiting += [part for part in inside if isinstance(part, pikepdf.Object) and not part.is_indirect]


ACTIVE_KEYS = {"/JS", "/JavaScript", "/XFA", "/RichMediaContent", "/RichMediaSettings"}
ACTIVE_NAMES = {
    *("/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoTo3DView", "/Rendition"),
    *("/RichMedia", "/RichMediaExecute", "/Screen", "/Movie", "/Sound", "/3D", "/PS"),
}


def runs_something(thing):
    """Scripts, programs, forms that send, films and sounds, and streams whose bytes lie elsewhere."""
    return (
        not ACTIVE_KEYS.isdisjoint(thing.keys())
        or str(thing.get("/S")) in ACTIVE_NAMES
        or str(thing.get("/Subtype")) in ACTIVE_NAMES
        or (isinstance(thing, pikepdf.Stream) and "/F" in thing)
    )


def carries_a_file(thing):
    """Attachments, by the catalog, by a note on a page, or lying about unnamed."""
    return (
        "/EF" in thing or str(thing.get("/Type")) == "/EmbeddedFile" or str(thing.get("/Subtype")) == "/FileAttachment"
    )


PACKERS = {"/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"}


def unpacked_size(thing):
    """Answer how many bytes a stream becomes, without holding them; refuse what grows beyond reason."""
    if not isinstance(thing, pikepdf.Stream):
        return 0
    refuse_if(thing.get("/Width", 0) * thing.get("/Height", 0) > 2 * MOST_PIXELS, "too_many_pixels")
    filters = filters_of(thing)
    packers = [name for name in filters if name in PACKERS]
    refuse_if(len(packers) > 1, "bomb")
    if not packers:
        return 0
    if filters[0] not in ("/FlateDecode", "/Fl"):
        return len(thing.read_bytes())  # rare and old ways; here the room this process has is the bound
    size = inflated_size(thing.read_raw_bytes())
    refuse_if(size > MOST_UNPACKED, "bomb")
    return size


def filters_of(stream):
    filters = stream.get("/Filter", pikepdf.Array())
    return [str(name) for name in (filters if isinstance(filters, pikepdf.Array) else [filters])]


def inflated_size(packed):
    size, inflater = 0, zlib.decompressobj()
    try:
        while packed and size <= MOST_UNPACKED:
            piece = inflater.decompress(packed, MB)
            refuse_if(TEST_VIRUS in piece, "virus")
            size += len(piece)
            packed = inflater.unconsumed_tail
    except zlib.error:
        pass  # readers show what came before the damage, so that is what counts
    return size


PAGE_KEYS = {"/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Contents", "/Group"}


def copy_of_pages(pdf):
    """A new document of the same pages: what was typed into a form is drawn, all else about and around them is gone."""
    pdf.generate_appearance_streams()
    pdf.flatten_annotations("all")
    copy = pikepdf.new()
    copy.pages.extend(pdf.pages)
    for page in copy.pages:
        for key in set(page.obj.keys()) - PAGE_KEYS:
            del page.obj[key]
    for thing in everything_in(copy):
        for key in {"/Metadata", "/PieceInfo", "/LastModified", "/AA", "/A"} & set(thing.keys()):
            del thing[key]
        if isinstance(thing, pikepdf.Stream) and filters_of(thing) in (["/DCTDecode"], ["/DCT"]):
            photo = without_camera_notes(thing.read_raw_bytes())
            thing.write(photo, filter=thing.Filter, decode_parms=thing.get("/DecodeParms"))
    return copy


def without_camera_notes(jpeg):
    """Drop application segments and comments; Adobe's (0xEE) stays, because the colours depend on it."""
    notes = [
        (a, b) for marker, a, b in jpeg_segments(jpeg) if marker == 0xFE or 0xE1 <= marker <= 0xED or marker == 0xEF
    ]
    for start, end in reversed(notes):
        jpeg = jpeg[:start] + jpeg[end:]
    return jpeg


def draw(data, page, width):
    """Answer page ``page`` (from 1) of a PDF as a PNG picture ``width`` pixels wide, at most four times as tall."""
    pdf = pypdfium2.PdfDocument(data)
    refuse_if(not 1 <= page <= len(pdf), "no_such_page")
    sheet = pdf[page - 1]
    scale = min(width / sheet.get_width(), 4 * width / sheet.get_height())
    return written(sheet.render(scale=scale).to_pil().convert("RGB"), "PNG")


# --- the process ----------------------------------------------------------------------------------------------------
def give_up_room():
    for what, most in LIMITS.items():
        if what != resource.RLIMIT_AS or sys.platform == "linux":  # macOS does not know this one
            resource.setrlimit(what, (most, most))


def main(verb, *numbers):
    give_up_room()
    data = sys.stdin.buffer.read(4 * MOST_BYTES)
    try:
        facts, safe = {"judge": judge, "draw": draw}[verb](data, *map(int, numbers))
    except Refused as refusal:
        facts, safe = {"refused": str(refusal)}, b""
    except (MemoryError, RecursionError):
        facts, safe = {"refused": "too_heavy"}, b""
    except Exception as error:  # every parser has its own words for "I cannot read this"
        facts, safe = {"refused": "damaged", "because": type(error).__name__}, b""
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + safe)


if __name__ == "__main__":
    main(*sys.argv[1:])
