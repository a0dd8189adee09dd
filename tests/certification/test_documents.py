"""Files from strangers: what is taken, what is not, who may see it, and what happens when the storage or the scanner is away."""

import io
import re
import socketserver
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from html import unescape
from itertools import islice

import boto3
import pikepdf
import pytest
import time_machine
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from django.conf import settings as project
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from certification import documents, judge
from certification.documents import NotNow, Unacceptable, judge_upload, open_document, receive
from certification.embedded import free_port
from certification.models import AuditEvent, Document, Notice
from certification.sealed import Unreadable
from tests import factories
from tests.hostile_files import EICAR, FAMILIES, NAMES, PAGE, blank, honest, picture, saved

Kind, Scan = Document.Kind, Document.Scan


def upload(data, name="file"):
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


def shown(data):
    return Image.open(io.BytesIO(data))


# --- what is taken ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "content_type", "pages"),
    [("jpg", "image/jpeg", 1), ("png", "image/png", 1), ("heic", "image/jpeg", 1), ("pdf", "application/pdf", 2)],
)
def test_an_honest_file_is_taken_for_what_it_is(kind, content_type, pages):
    accepted = judge_upload(upload(honest()[kind], "whatever.exe"))
    assert (accepted.content_type, accepted.pages) == (content_type, pages)
    assert judge_upload(upload(accepted.data)).content_type == content_type


def camera_notes():
    notes = Image.Exif()
    notes[0x010F], notes[0x0112] = "SECRETCAMERA", 6
    notes.get_ifd(0x8825).update({1: "N", 2: (38.0, 34.0, 54.0), 3: "W", 4: (121.0, 29.0, 40.0)})
    return notes


@pytest.mark.parametrize("form", ["JPEG", "PNG", "HEIF"])
def test_place_time_and_device_are_gone(form):
    plain = picture(form, exif=camera_notes().tobytes())
    assert b"SECRETCAMERA" in plain
    kept = judge_upload(upload(plain)).data
    assert b"SECRETCAMERA" not in kept
    assert not shown(kept).getexif()
    assert not {"exif", "xmp", "icc_profile", "comment"} & set(shown(kept).info)


def test_a_photo_taken_sideways_is_stood_upright():
    assert shown(judge_upload(upload(picture(exif=camera_notes().tobytes()))).data).size == (200, 320)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_is_painted_on_white_paper(mode):
    out = io.BytesIO()
    Image.new(mode, (40, 30)).save(out, "PNG", **({"transparency": 0} if mode == "P" else {}))
    kept = shown(judge_upload(upload(out.getvalue())).data)
    paper = (255, 255, 255) if mode in ("LA", "P", "RGBA") else (0, 0, 0)
    assert (kept.mode, kept.size, kept.getpixel((3, 3))) == ("RGB", (40, 30), paper)


@pytest.mark.parametrize(
    "extra", [picture(size=(60, 40)), b"\0\0\0\x18ftypmp42" + bytes(16) + b"film", b"notes..SEFT", bytes(99)]
)
def test_what_phones_append_to_a_photo_is_dropped_and_the_photo_taken(extra):
    assert judge_upload(upload(honest()["jpg"] + extra)).pages == 1


def card(size=(1600, 1000), light=1.0, blur=0):
    """A card with small print on a table, as a phone sees it."""
    drawn = Image.new("RGB", size, (225, 228, 220))
    pen = ImageDraw.Draw(drawn)
    for line in range(14):
        pen.text(
            (size[0] // 3, size[1] * (line + 1) // 15), "SAMPLE Y1234567", fill=(30, 30, 60), font_size=size[1] // 22
        )
    seen = ImageEnhance.Brightness(drawn.filter(ImageFilter.GaussianBlur(blur))).enhance(light)
    out = io.BytesIO()
    seen.save(out, "JPEG", quality=90)
    return out.getvalue()


@pytest.mark.parametrize(
    ("photo", "doubts"),
    [
        (card(), []),
        (card(light=0.5), []),
        (card(blur=2), []),
        (card(size=(640, 400)), ["small"]),
        (card(light=0.1), ["dark"]),
        (card(blur=12), ["blurred"]),
        (honest()["pdf"], []),
    ],
    ids=["good", "in the evening", "nearly sharp", "small", "dark", "blurred", "no photo"],
)
def test_what_is_hard_to_read_is_doubted_and_taken(photo, doubts):
    assert judge_upload(upload(photo)).doubts == doubts


def test_a_large_photo_is_kept_as_a_page_at_300_dots_per_inch():
    out = io.BytesIO()
    Image.new("RGB", (8064, 6048), "navy").save(out, "JPEG")
    assert max(shown(judge_upload(upload(out.getvalue())).data).size) == judge.KEPT_EDGE


def filled_form():
    pdf = blank()
    field = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Tx,
        T=String("name"),
        V=String("MARIA"),
        F=4,
        DA=String("/H 40 Tf 0 g"),
    )
    field.Rect = Array([100, 600, 400, 660])
    pdf.pages[0].Annots = Array([pdf.make_indirect(field)])
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    pdf.Root.AcroForm = Dictionary(
        NeedAppearances=True,
        Fields=pdf.pages[0].Annots,
        DA=String("/H 40 Tf 0 g"),
        DR=Dictionary(Font=Dictionary(H=font)),
    )
    return saved(pdf)


def test_what_was_typed_into_a_form_stays_readable_and_the_form_is_gone():
    kept = judge_upload(upload(filled_form()))
    assert b"AcroForm" not in kept.data
    _facts, page = documents.ask_child(kept.data, "draw", 1, 612)
    assert shown(page).convert("L").crop((100, 132, 400, 192)).getextrema()[0] < 100


def test_nothing_about_a_pdf_is_kept_but_its_pages():
    pdf = blank()
    photo = pikepdf.Stream(pdf, picture(exif=camera_notes().tobytes()))
    photo.stream_dict = Dictionary(
        Type=Name.XObject, Subtype=Name.Image, Width=320, Height=200, ColorSpace=Name.DeviceRGB, BitsPerComponent=8
    )
    photo.Filter = Array([Name.DCTDecode])
    pdf.pages[0].Resources = Dictionary(XObject=Dictionary(I=pdf.make_indirect(photo)))
    pdf.pages[0].Contents = pdf.make_stream(b"q 320 0 0 200 100 100 cm /I Do Q")
    pdf.docinfo["/Author"] = "SECRETAUTHOR"
    with pdf.open_metadata() as notes:
        notes["dc:title"] = "SECRETTITLE"
    plain = saved(pdf)
    assert b"SECRETCAMERA" in plain
    kept = pikepdf.open(io.BytesIO(judge_upload(upload(plain)).data))
    assert set(kept.Root.keys()) == {"/Type", "/Pages"}
    assert "/Info" not in kept.trailer
    assert not any(b"SECRET" in thing.read_raw_bytes() for thing in kept.objects if isinstance(thing, pikepdf.Stream))


# --- what is not ------------------------------------------------------------------------------------------------------
def kept_of(files):
    """The names of those that are accepted; each must be decided in time."""
    kept = []
    for name, data in files:
        started = time.monotonic()
        with suppress(Unacceptable):
            judge_upload(upload(data))
            kept.append(name)
        assert time.monotonic() - started < documents.JUDGE_SECONDS, name
    return kept


@pytest.mark.parametrize("family", FAMILIES)
def test_of_each_family_of_hostile_files_a_sample_is_refused(family):
    assert kept_of(islice(FAMILIES[family](), 0, None, 6)) == []


@pytest.mark.long
@pytest.mark.parametrize("family", FAMILIES)
def test_no_hostile_file_is_kept(family):
    assert kept_of(FAMILIES[family]()) == []


@pytest.mark.long
def test_there_are_at_least_300_hostile_files():
    assert sum(1 for files in FAMILIES.values() for _file in files()) >= 300


QUESTIONS = {
    "holds_another_file": ("two_files_in_one", "page behind jpg"),
    "runs_something": ("active_pdfs", "script on opening"),
    "carries_a_file": ("pdfs_with_files_inside", "picture"),
    "unpacked_size": ("bombs", "flate"),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_is_needed(question, monkeypatch):
    """The control: with one question answered "no", its hostile file would be kept."""
    family, name = QUESTIONS[question]
    data = next(data for title, data in FAMILIES[family]() if title == name)
    with pytest.raises(judge.Refused):
        judge.judge(data)
    monkeypatch.setattr(judge, question, lambda *_: 0)
    assert judge.judge(data)[0]["pages"] == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (saved(blank(), encryption=pikepdf.Encryption(owner="a", user="b")), "has a password"),
        (saved(blank(41)), "too many pages"),
        (honest()["jpg"] + PAGE, "something else inside"),
        (EICAR, "virus check"),
        (honest()["png"][:500], "could not read"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(data, words):
    with pytest.raises(Unacceptable, match=words):
        judge_upload(upload(data))


def test_every_code_of_the_judge_has_words():
    codes = re.findall(r'(?:refuse_if\(.*, |Refused\(|"refused": )"(\w+)"', documents.JUDGE.read_text())
    assert set(codes) - {"no_such_page"} == set(documents.WORDS)
    assert project.MAX_DOCUMENT_BYTES == judge.MOST_BYTES


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_a_name_decides_nothing(pat, name):
    class Named(SimpleUploadedFile):
        name = None

    good, bad = Named("x", honest()["jpg"]), Named("x", PAGE)
    good.name = bad.name = name
    document = receive(pat, Kind.IDENTITY, good, by=pat.user)
    folder, shard, random = document.storage_name.split("/")
    assert (folder, shard) == ("documents", random[:2])
    assert set(random) <= set("0123456789abcdef")
    with pytest.raises(Unacceptable):
        receive(pat, Kind.IDENTITY, bad, by=pat.user)
    assert Document.objects.count() == 1


# --- the room the judge has -------------------------------------------------------------------------------------------
ATTEMPTS = {
    "more than 512 MB": "bytes(600 * MB)",
    "a file to read": "open('/etc/passwd')",
    "what the parent knows": """open(f"/proc/{__import__('os').getppid()}/environ")""",
    "a connection": "__import__('socket').socket()",
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("limited", [True, False])
@pytest.mark.skipif(sys.platform != "linux", reason="the memory limit is Linux's")
def test_the_judge_can_do_no_more_than_judge(attempt, limited):
    """Without its limits, each attempt succeeds: the control."""
    code = documents.JUDGE.read_text().split("if __name__")[0] + "import socket\n"
    code += ("give_up_room()\n" if limited else "") + ATTEMPTS[attempt]
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=False)
    assert (done.returncode != 0) is limited


@pytest.mark.parametrize(
    "program",
    [
        "import time; time.sleep(60)",
        "import subprocess, sys; subprocess.Popen(['sleep', '60']).wait()",
        "while True: pass",
        "import os; os.abort()",
        "import sys; sys.stdout.write('no json at all')",
        "import sys; [sys.stdout.write('x' * 1000000) for _ in range(10**6)]",
    ],
)
def test_a_judge_that_hangs_dies_or_babbles_has_refused(program, monkeypatch, tmp_path):
    (tmp_path / "judge.py").write_text(program)
    monkeypatch.setattr(documents, "JUDGE", tmp_path / "judge.py")
    monkeypatch.setattr(documents, "JUDGE_SECONDS", 1)
    started = time.monotonic()
    with pytest.raises(Unacceptable):
        judge_upload(upload(honest()["jpg"]))
    assert time.monotonic() - started < 5


def test_the_judge_is_told_no_secret(monkeypatch, tmp_path):
    (tmp_path / "judge.py").write_text(
        "import os, json; print(json.dumps({'type': str(dict(os.environ)), 'pages': 1}))"
    )
    monkeypatch.setattr(documents, "JUDGE", tmp_path / "judge.py")
    assert project.SECRET_KEY
    assert "SECRET" not in judge_upload(upload(b"x")).content_type


# --- storage ----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def s3_server():
    """A real server process that speaks S3."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    client = boto3.client("s3", endpoint_url=address, **KEYS)
    for _attempt in range(200):
        try:
            client.create_bucket(Bucket="documents", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
            break
        except BotoCoreError:
            time.sleep(0.1)
    yield address
    server.terminate()
    server.wait(10)


KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-west-2"}


def s3_at(address):
    options = {"bucket_name": "documents", "endpoint_url": address, "access_key": "a", "secret_key": "b"}
    patience = Config(connect_timeout=1, read_timeout=5, retries={"max_attempts": 1})
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": options | {"region_name": "us-west-2", "file_overwrite": False, "client_config": patience},
    }


@pytest.fixture(params=["folder", "s3"])
def storage(request, settings):
    if request.param == "s3":
        settings.STORAGES = settings.STORAGES | {"default": s3_at(request.getfixturevalue("s3_server"))}
    yield request.param
    for folder in documents.inside(documents.FOLDER)[0]:
        for name in documents.inside(f"{documents.FOLDER}/{folder}")[1]:
            default_storage.delete(f"{documents.FOLDER}/{folder}/{name}")


@contextmanager
def storage_away(settings, tmp_path, kind):
    before = settings.STORAGES
    (tmp_path / "not-a-folder").touch()
    away = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "not-a-folder"},
    }
    settings.STORAGES = before | {"default": s3_at(f"http://127.0.0.1:{free_port()}") if kind == "s3" else away}
    yield
    settings.STORAGES = before


def stored():
    folders = documents.inside(documents.FOLDER)[0]
    return [
        f"{documents.FOLDER}/{f}/{name}" for f in folders for name in documents.inside(f"{documents.FOLDER}/{f}")[1]
    ]


@pytest.mark.django_db
def test_a_file_is_stored_sealed_and_opened_on_the_record(storage, pat, rae):
    document = receive(pat, Kind.IDENTITY, upload(honest()["pdf"]), by=pat.user)
    assert (document.pages, document.content_type, document.scan) == (2, "application/pdf", Scan.NOT_SCANNED)
    assert stored() == [document.storage_name]
    with default_storage.open(document.storage_name) as file:
        assert b"%PDF" not in file.read()
    document = Document.objects.get()
    assert open_document(document, by=rae).startswith(b"%PDF")
    event = AuditEvent.objects.get(action="opened document")
    assert (event.actor_id, event.subject) == (rae.pk, f"certification.document:{document.pk}")


@pytest.mark.django_db
def test_the_same_paper_twice_has_the_same_fingerprint_but_another_key(pat):
    first, second = (receive(pat, Kind.IDENTITY, upload(honest()["pdf"]), by=pat.user) for _ in range(2))
    assert first.fingerprint == second.fingerprint
    assert first.file_key != second.file_key


@pytest.mark.django_db
def test_a_file_put_in_the_place_of_another_does_not_open(pat, rae):
    mine, other = (receive(pat, Kind.IDENTITY, upload(honest()[kind]), by=pat.user) for kind in ("jpg", "png"))
    mine.storage_name, mine.file_key = other.storage_name, other.file_key
    with pytest.raises(Unreadable):
        open_document(mine, by=rae)
    assert not AuditEvent.objects.filter(action="opened document").exists()


@pytest.mark.django_db
def test_when_the_storage_is_away_nothing_is_half_done(storage, pat, rae, settings, tmp_path):
    document = receive(pat, Kind.IDENTITY, upload(honest()["jpg"]), by=pat.user)
    with storage_away(settings, tmp_path, storage):
        with pytest.raises(NotNow, match="try again"):
            receive(pat, Kind.IDENTITY, upload(honest()["jpg"]), by=pat.user)
        with pytest.raises(NotNow, match="try again"):
            open_document(document, by=rae)
    assert Document.objects.get() == document
    assert stored() == [document.storage_name]
    assert open_document(document, by=rae)


@pytest.mark.django_db
def test_a_row_that_cannot_be_written_takes_its_file_with_it(storage, pat):
    with pytest.raises(ValueError, match="owner"):
        receive("nobody", Kind.IDENTITY, upload(honest()["jpg"]), by=pat.user)
    assert stored() == []


@pytest.mark.django_db
def test_only_old_files_without_a_row_are_swept(storage, pat):
    document = receive(pat, Kind.IDENTITY, upload(honest()["jpg"]), by=pat.user)
    stray = documents.store(b"stray")
    assert documents.remove_stray_files() == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert documents.remove_stray_files() == 1
    assert stored() == [document.storage_name]
    assert stray != document.storage_name


@pytest.mark.django_db(transaction=True)
def test_an_erased_document_is_gone_for_good(storage, pat, rae):
    document = receive(pat, Kind.IDENTITY, upload(honest()["jpg"]), by=pat.user)
    documents.erase(document, by=rae, reason="kept long enough")
    assert stored() == []
    assert Document.objects.get().file_key == b""
    assert not Document.objects.visible_to(pat.user).exists()


# --- viruses ----------------------------------------------------------------------------------------------------------
@contextmanager
def scanner(settings, answer):
    """A server that speaks ClamAV's INSTREAM as far as we use it."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            assert self.rfile.read(10) == b"zINSTREAM\0"
            while size := int.from_bytes(self.rfile.read(4)):
                self.rfile.read(size)
            self.wfile.write(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMD_ADDRESS = f"127.0.0.1:{server.server_address[1]}"
        yield
        server.shutdown()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "scan"),
    [(b"stream: OK\0", Scan.CLEAN), (b"", Scan.WAITING), (b"INSTREAM size limit exceeded. ERROR\0", Scan.WAITING)],
)
def test_only_a_plain_yes_of_the_scanner_means_clean(pat, settings, answer, scan):
    with scanner(settings, answer):
        assert receive(pat, Kind.IDENTITY, upload(honest()["jpg"]), by=pat.user).scan == scan


@pytest.mark.django_db
def test_a_virus_is_refused_and_nothing_kept(pat, settings):
    with scanner(settings, b"stream: Eicar FOUND\0"), pytest.raises(Unacceptable, match="virus"):
        receive(pat, Kind.IDENTITY, upload(honest()["jpg"]), by=pat.user)
    assert (stored(), Document.objects.count()) == ([], 0)


@pytest.mark.django_db
@pytest.mark.parametrize(("answer", "scan"), [(b"stream: OK\0", Scan.CLEAN), (b"stream: Eicar FOUND\0", None)])
def test_a_silent_scanner_leaves_the_file_closed_until_it_answers(pat, rae, settings, answer, scan):
    settings.CLAMD_ADDRESS = f"127.0.0.1:{free_port()}"
    document = receive(pat, Kind.IDENTITY, upload(honest()["jpg"]), by=pat.user)
    assert document.scan == Scan.WAITING
    with pytest.raises(NotNow, match="being checked"):
        open_document(document, by=rae)
    documents.scan_waiting()
    assert Document.objects.get().scan == Scan.WAITING
    with scanner(settings, answer):
        documents.scan_waiting()
    document.refresh_from_db()
    assert document.scan == scan if scan else document.deleted_at
    assert Notice.objects.filter(recipient=pat.user, name="file-erased").count() == (0 if scan else 1)


# --- who may look -----------------------------------------------------------------------------------------------------
@pytest.fixture
def paper(pat):
    return receive(pat, Kind.IDENTITY, upload(honest()["pdf"], "<b>.html"), by=pat.user)


def address(document, page=None):
    if page:
        return reverse("certification:document_page", args=[document.public_id, page])
    return reverse("certification:document", args=[document.public_id])


@pytest.mark.django_db
def test_a_person_downloads_their_own_file(client, paper, pat):
    client.force_login(pat.user)
    answer = client.get(address(paper))
    assert answer.content.startswith(b"%PDF")
    assert answer["Content-Disposition"] == f'attachment; filename="identity-{paper.public_id}.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Security-Policy"].startswith("sandbox")


@pytest.mark.django_db
def test_staff_see_pages_as_pictures_and_leave_a_trace(client, paper, rae, settings):
    settings.SECOND_FACTOR_FOR_STAFF = False
    client.force_login(rae)
    answer = client.get(address(paper, 2))
    assert (answer["Content-Type"], answer["Content-Disposition"]) == ("image/png", "inline")
    assert shown(answer.content).width == documents.PAGE_WIDTH
    event = AuditEvent.objects.get(action="opened document")
    assert (event.actor_id, event.detail) == (rae.pk, {"page": 2})
    assert client.get(address(paper, 3)).status_code == 404


@pytest.mark.django_db
def test_nobody_else_learns_that_it_exists(client, paper, max, tia, settings):
    settings.SECOND_FACTOR_FOR_STAFF = False
    assert client.get(address(paper)).status_code == 302
    for stranger in (max.user, tia):
        client.force_login(stranger)
        assert client.get(address(paper)).status_code == client.get(address(paper, 1)).status_code == 404
    assert not AuditEvent.objects.filter(action="opened document").exists()


@pytest.mark.django_db
def test_when_the_storage_is_away_the_page_says_when_to_come_back(client, paper, pat, settings, tmp_path):
    client.force_login(pat.user)
    with storage_away(settings, tmp_path, "folder"):
        answer = client.get(address(paper))
    assert (answer.status_code, answer["Retry-After"]) == (503, "120")


@pytest.mark.django_db(transaction=True)
def test_a_paper_sent_while_the_storage_is_away_is_not_lost_without_a_word_and_taken_when_it_is_back(
    client, storage, pat, settings, tmp_path
):
    application = factories.draft(pat, without=("education",))
    client.force_login(pat.user)
    page, before = reverse("applications:page", args=["education"]), Document.objects.count()

    def send():
        return client.post(page, {"kind": "high-school", "file": factories.picture("diploma.png")})

    with storage_away(settings, tmp_path, storage):
        said = send().content.decode()
    assert "Our file storage does not answer just now. Please try again in a few minutes." in unescape(said)
    assert Document.objects.count() == before
    assert send().status_code == 302
    answers = application.draft_pages.get(page="education").answers
    assert documents.decrypted(Document.objects.get(pk=answers["document"]))
