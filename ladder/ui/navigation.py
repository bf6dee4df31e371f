"""The pages: their names, which are their addresses, and their icons. The first page has the bare address too."""

from collections.abc import Collection

PAGES = {
    "live": ":material/monitoring:",
    "inside": ":material/account_tree:",
    "lessons": ":material/cast_for_education:",
    "handins": ":material/fact_check:",
    "class": ":material/groups:",
    "explore": ":material/grid_view:",
    "search": ":material/manage_search:",
    "compare": ":material/balance:",
    "about": ":material/school:",
    "data": ":material/table_view:",
}
FIRST = "live"
# Pages behind one entry of the navigation, that of the first of them: each of them has links to all. So the buttons of
# the live page stay within a few presses of the Tab key.
TOGETHER = ("explore", "search"), ("lessons", "class")
ASIDE = ("handins", "data")  # not in the navigation; a link of another page leads there


def hidden(in_class: bool) -> Collection[str]:
    """Returns the pages that the navigation has no entry for. `in_class`: whether the server has a class, whose page
    then has one: its students have to find it."""
    behind = {name for names in TOGETHER for name in names[1:]}
    return {*ASIDE, *behind} - ({"class"} if in_class else set())


def beside(page: str) -> Collection[str]:
    """Returns the pages behind one entry with this one, itself among them; none for a page of its own."""
    return next((names for names in TOGETHER if page in names), ())


def path(page: str) -> str:
    """Returns the file of the page with this name, from the folder of main.py, as st.switch_page takes it."""
    return f"../../pages/{page}.py"
