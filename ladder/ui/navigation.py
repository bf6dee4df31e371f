"""The pages: their names, which are their addresses, and their icons. The first page has the bare address too."""

PAGES = {
    "live": ":material/monitoring:",
    "inside": ":material/account_tree:",
    "lessons": ":material/cast_for_education:",
    "handins": ":material/fact_check:",
    "explore": ":material/grid_view:",
    "search": ":material/manage_search:",
    "compare": ":material/balance:",
    "class": ":material/groups:",
    "about": ":material/school:",
}
FIRST = "live"
# Two ways of the same question, behind one entry of the navigation: its first page has links to both, as has the other.
TOGETHER = "explore", "search"
ASIDE = (*TOGETHER[1:], "handins")  # not in the navigation; a link of another page leads there


def path(page: str) -> str:
    """Returns the file of the page with this name, from the folder of main.py, as st.switch_page takes it."""
    return f"../../pages/{page}.py"
