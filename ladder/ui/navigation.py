"""The pages: their names, which are their addresses, and their icons. The first page has the bare address too."""

PAGES = {
    "live": ":material/monitoring:",
    "explore": ":material/grid_view:",
    "search": ":material/manage_search:",
    "compare": ":material/balance:",
    "about": ":material/school:",
}
