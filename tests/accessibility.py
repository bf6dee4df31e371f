"""What a page in a browser is asked about WCAG 2.2 AA, for tests."""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]  # by axe-core's tags
FOUND = """async (rules) => {
  const { violations } = await axe.run(document, { runOnly: rules, resultTypes: ['violations'] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, html, failureSummary }) => {
    return `${id}: ${target.join(' ')} ${html.slice(0, 240)} ${failureSummary}`;
  }));
}"""

OVERFLOWS = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  return [document.documentElement, main].map((one) => one.scrollWidth - one.clientWidth);
}"""
