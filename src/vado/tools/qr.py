"""QR codes (ISO/IEC 18004) to print."""

import zxingcpp


def qr_svg(text: str, *, border: bool = False) -> str:
    """Draw a QR code that holds this text as SVG, with or without its white border; a quarter of it may be lost."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="Q")
    return code.to_svg(add_quiet_zones=border)
