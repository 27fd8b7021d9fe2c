"""The page's own files: small, complete, and nothing from elsewhere."""

import re

from streams.console.assets import FOLDER, load_assets

LIMIT_BYTES = 40_000
WORDS = {"collector": "http://127.0.0.1:8080"}


def loaded_by(page: str) -> set[str]:
    """A page and every file of ours that it leads to."""
    files, found = load_assets(WORDS), {page}
    waiting = [page]
    while waiting:
        text = files[waiting.pop()].body.decode()
        names = re.findall(r"/static/([\w.]+)", text) + re.findall(r'from "\./(\w+\.js)"', text)
        waiting += [name for name in names if name not in found]
        found.update(names)
    return found


def test_a_page_with_all_its_files_is_small() -> None:
    files = load_assets(WORDS)

    for page in ("campaign.html", "campaigns.html"):
        assert sum(len(files[name].zipped) for name in loaded_by(page)) < LIMIT_BYTES


def test_every_file_is_of_use() -> None:
    used = loaded_by("campaign.html") | loaded_by("campaigns.html")

    assert used | {"uplot.LICENSE.txt"} == {file.name for file in FOLDER.iterdir()}


def test_pages_have_no_script_or_style_of_their_own() -> None:
    for page in FOLDER.glob("*.html"):
        text = page.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=", text), page.name
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), page.name


def test_nothing_is_loaded_from_elsewhere() -> None:
    for page in FOLDER.glob("*.html"):
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page.read_text()), page.name


def test_words_of_a_page_are_escaped() -> None:
    page = load_assets({"collector": '"><script>'})["campaign.html"].body.decode()

    assert "{{" not in page
    assert "&quot;&gt;&lt;script&gt;/p.gif" in page
