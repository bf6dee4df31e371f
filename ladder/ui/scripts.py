"""A component's JavaScript as one script, joined from the modules in `live/`.

Streamlit hands a component's script to the browser as a string, which has no address: nothing relative can be imported
from there. So the modules are joined here, each in a function of its own with its names to itself, in the order that
their own import statements ask for. The files stay modules: a browser can load them, a linter reads them as such.
"""

import re
from graphlib import TopologicalSorter
from pathlib import Path

FOLDER = Path(__file__).parent / "live"
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+)\b)", re.MULTILINE)
_LEFT = re.compile(r"^(?:import\b|export\b(?! default\b)).*", re.MULTILINE)


def joined(entry: str, folder: Path = FOLDER) -> str:
    """Returns the script of the module `entry` of `folder` and of all modules that it imports, directly or not. Its
    default export is that of `entry`.

    The modules may use `import { a, b as c } from "./name.js";` and `export` before a function, a class or a constant.
    Raises ValueError for another form, graphlib.CycleError for modules that import each other in a circle, and OSError
    for a missing one.
    """
    sources, waiting = {}, [entry]
    while waiting:
        name = waiting.pop()
        if name not in sources:
            sources[name] = (folder / f"{name}.js").read_text(encoding="utf-8")
            waiting += _needed(sources[name])
    order = TopologicalSorter({name: _needed(source) for name, source in sources.items()}).static_order()
    return "\n".join(_module(name, sources[name], name == entry) for name in order)


def _needed(source: str) -> list[str]:
    return [name for _, name in _IMPORT.findall(source)]


def _module(name: str, source: str, is_entry: bool) -> str:
    """One module's part of the script. For the entry that is its text, with its imports taken from the objects of other
    modules; for any other module it is an object of its exports."""
    exports = _EXPORT.findall(source)
    body = _IMPORT.sub(lambda found: f"const {{{found[1].replace(' as ', ': ')}}} = _{found[2]};", source)
    body = _EXPORT.sub("", body)
    left = _LEFT.search(body)
    if left or ("export default" in body) != is_entry:
        raise ValueError(f"{name}.js: {left[0] if left else 'an entry has a default export, and no other module'}")
    if is_entry:
        return body
    return f"const _{name} = (() => {{\n{body}\nreturn {{ {', '.join(exports)} }};\n}})();"
