// Tells the page of an upload that a proxy refused as too large (413). Streamlit's uploader shows only that number.

function mount({ setTriggerValue }) {
  const observer = new PerformanceObserver((list) => {
    const refused = (entry) => entry.responseStatus === 413 && entry.name.includes("/_stcore/upload_file/");
    if (list.getEntries().some(refused)) setTriggerValue("refused", true);
  });
  observer.observe({ type: "resource" });
  return () => observer.disconnect();
}

export default mount;
