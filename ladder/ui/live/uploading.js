// An upload that a proxy refused as too large (413): Streamlit's uploader names the number only, so the page is told.

function mount({ setTriggerValue }) {
  const observer = new PerformanceObserver((list) => {
    const refused = (entry) => entry.responseStatus === 413 && entry.name.includes("/_stcore/upload_file/");
    if (list.getEntries().some(refused)) setTriggerValue("refused", true);
  });
  observer.observe({ type: "resource" });
  return () => observer.disconnect();
}

export default mount;
