"""What to install when a module is missing."""

from __future__ import annotations

import sys
from typing import Optional

#: Modules whose package goes by another name.
_PACKAGES = {
    "Crypto": "pycryptodome",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "azure.ai.documentintelligence": "azure-ai-documentintelligence",
    "azure.ai.formrecognizer": "azure-ai-formrecognizer",
    "azure.ai.textanalytics": "azure-ai-textanalytics",
    "azure.identity": "azure-identity",
    "azure.search": "azure-search-documents",
    "azure.storage": "azure-storage-blob",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "git": "gitpython",
    "google.generativeai": "google-generativeai",
    "jwt": "pyjwt",
    "pptx": "python-pptx",
    "promptflow.azure": "promptflow-azure",
    "promptflow.evals": "promptflow-evals",
    "promptflow.rag": "promptflow-rag",
    "promptflow.tools": "promptflow-tools",
    "promptflow_vectordb": "promptflow-vectordb",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "yaml": "pyyaml",
}


def package_of(module: str) -> str:
    """The name to give to pip for a module, as far as we know."""
    for length in (3, 2, 1):
        name = ".".join(module.split(".")[:length])
        if name in _PACKAGES:
            return _PACKAGES[name]
    return module.split(".")[0].replace("_", "-")


def missing_module_hint(error: BaseException, who: str, where: Optional[str] = None) -> Optional[str]:
    """Who needs which module, and how to install it; ``None`` where the error is another."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    place = "" if where is None else f" ({where})"
    return (
        f"{who} needs the module '{error.name}'{place}, which Python at {sys.executable} cannot find: "
        f"pip install {package_of(error.name)}"
    )
