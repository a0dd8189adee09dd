"""Cut Noto fonts to the letters that names are written in: ``python -m scripts.subset_fonts FOLDER``.

``FOLDER`` is where a machine keeps Noto's files, on Debian the packages ``fonts-noto-core`` and ``fonts-noto-cjk``. What comes out is committed.
"""

import re
import sys
from pathlib import Path

from fontTools import subset

from certification.paper import FONTS, SCRIPTS

# Where the letters come from, by the name of our file; a collection is told by the place of the font in it.
SOURCES = {
    "NotoSerifKorean.otf": ("NotoSerifCJK-Regular.ttc", 1),
    "NotoSerifChinese.otf": ("NotoSerifCJK-Regular.ttc", 2),
}
EVERYWHERE = " -'’.\u200c\u200d\u25cc"  # what stands between the parts of a name, joiners, and the circle that carries a lonely mark


def main(folder: str) -> None:
    for file, letters in SCRIPTS.values():
        name, number = SOURCES.get(file, (file.replace(".ttf", "-Regular.ttf"), -1))
        cut(next(Path(folder).rglob(name)), number, letters, FONTS / file)
        print(f"{(FONTS / file).stat().st_size // 1000:6} KB  {file}")


def cut(source: Path, number: int, letters: str, target: Path) -> None:
    """Keep of ``source`` the ``letters`` (ranges, as in a regular expression) and all that joins and stacks them."""
    options = subset.Options(layout_features=["*"], hinting=False, font_number=number)
    font = subset.load_font(str(source), options)
    wanted = re.compile(f"[{letters}{re.escape(EVERYWHERE)}]")
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[code for code in font.getBestCmap() if wanted.match(chr(code))])
    cutter.subset(font)
    subset.save_font(font, str(target), options)


if __name__ == "__main__":
    main(sys.argv[1])
