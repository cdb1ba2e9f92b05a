"""What makes a PDF a Factur-X or ZUGFeRD invoice: the file in it, and the words that announce it (version 1.0)."""

from datetime import datetime

from subscriptions.pdf import Embedded

FILE_NAME = "factur-x.xml"
DESCRIPTION = "The same invoice for programs: Factur-X / ZUGFeRD, EN 16931"

# The extension's schema is a part of what PDF/A asks of whoever adds words of their own (ISO 19005-3, 6.6.2.3).
_PROPERTIES = (
    ("DocumentFileName", "The name of the embedded XML document"),
    ("DocumentType", "The type of the hybrid document in capital letters, e.g. INVOICE or ORDER"),
    ("Version", "The actual version of the standard applying to the embedded XML document"),
    ("ConformanceLevel", "The conformance level of the embedded XML document"),
)
_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_ANNOUNCED = f"""
<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">
<fx:DocumentType>INVOICE</fx:DocumentType>
<fx:DocumentFileName>{FILE_NAME}</fx:DocumentFileName>
<fx:Version>1.0</fx:Version>
<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
</rdf:Description>"""
_SCHEMA = """
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{namespace}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>"""
_PROPERTY = """
<rdf:li rdf:parseType="Resource">
<pdfaProperty:name>{name}</pdfaProperty:name>
<pdfaProperty:valueType>Text</pdfaProperty:valueType>
<pdfaProperty:category>external</pdfaProperty:category>
<pdfaProperty:description>{words}</pdfaProperty:description>
</rdf:li>"""


def embedded(content: bytes, *, at: datetime) -> Embedded:
    """Return the file as it stands in a PDF, dated `at`."""
    properties = "".join(_PROPERTY.format(name=name, words=words) for name, words in _PROPERTIES)
    return Embedded(
        name=FILE_NAME,
        description=DESCRIPTION,
        mime_type="text/xml",
        relationship="Alternative",
        at=at,
        content=content,
        announcement=_ANNOUNCED + _SCHEMA.format(namespace=_NAMESPACE, properties=properties),
    )
