"""The words of the made-up shop: families of goods with their names, brands, categories and prices.

Belongs here: data that a Romanian electronics seller could have written. Not here: how many
offers there are, their stock and their shape on the wire (catalogue.py, wire.py).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """Goods that share a SKU prefix: `name` is filled with one of `first` and one of `second`."""

    prefix: str
    category_id: int
    name: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    brands: tuple[str, ...]
    lowest_ron: float
    highest_ron: float


@dataclass(frozen=True)
class Hero:
    """A SKU of the walk-through in the documentation: in both accounts, active, running out."""

    sku: str
    name: str
    brand: str
    price_ron: float
    main_stock: int
    fbe_stock: int


FAMILIES = (
    Family(
        "EMG", 2191, "Modul releu {} {} cu optocuplor",
        ("1 canal", "2 canale", "4 canale", "8 canale", "16 canale"),
        ("5V", "12V", "24V"),
        ("Emagra", "TZT"), 9, 85,
    ),
    Family(
        "AUR", 1843, "Amplificator audio {} {}, clasă D",
        ("2 x 15W", "2 x 50W", "2 x 100W", "mono 150W"),
        ("cu Bluetooth 5.0", "cu potențiometru", "în carcasă"),
        ("Aurelis", "Kemeising"), 25, 340,
    ),
    Family(
        "BMX", 3120, "Motor cu reductor {} {}, ax metalic",
        ("6V", "12V", "24V"),
        ("30 rpm", "100 rpm", "300 rpm", "600 rpm"),
        ("Bimex", "Xinrui"), 28, 190,
    ),
    Family(
        "SNZ", 2192, "Senzor de {} {}",
        ("temperatură", "umiditate", "mișcare PIR", "lumină", "presiune", "gaz MQ-2", "curent"),
        ("digital", "analogic", "cu ieșire I2C", "cu afișaj", "pentru Arduino"),
        ("Senzora", "TZT"), 4, 95,
    ),
    Family(
        "CAB", 54, "Cablu {} {}, împletit",
        ("USB-C", "HDMI 2.1", "Micro USB", "jack 3,5 mm", "RJ45 Cat 6"),
        ("0,5 m", "1 m", "2 m", "3 m", "5 m"),
        ("Cabluri Plus", "Wanke"), 5, 70,
    ),
    Family(
        "LED", 2799, "Lampă LED {} {}",
        ("de birou", "de lectură", "de podea", "cu senzor de mișcare", "pentru oglindă"),
        ("alb cald", "alb rece", "cu 3 trepte", "cu încărcare USB", "neagră"),
        ("Luminis", "Nordwell"), 18, 220,
    ),
    Family(
        "BND", 2801, "Bandă LED {} {}",
        ("5 m", "10 m", "15 m", "20 m"),
        ("RGB cu telecomandă", "alb neutru, IP65", "COB 24V", "cu aplicație"),
        ("Luminis", "Parek"), 15, 160,
    ),
    Family(
        "INC", 1511, "Încărcător {} {}",
        ("de perete", "auto", "wireless", "solar"),
        ("20W USB-C", "45W GaN", "65W GaN", "15W magnetic", "cu 3 porturi"),
        ("Voltara", "Kemeising"), 19, 210,
    ),
    Family(
        "SRS", 1623, "Sursă de alimentare în comutație {} {}",
        ("5V", "12V", "24V", "36V"),
        ("2A", "5A", "10A", "20A", "pe șină DIN"),
        ("Voltara", "Xinrui"), 22, 320,
    ),
    Family(
        "RUL", 3305, "Rulment {} {}, set",
        ("608", "6001", "6203", "625", "LM8UU"),
        ("2RS", "ZZ", "din oțel inoxidabil", "ceramic"),
        ("Rotafix", "Wanke"), 6, 110,
    ),
    Family(
        "SCU", 3410, "Set {} {}",
        ("șurubelnițe de precizie", "chei imbus", "burghie HSS", "cuțite pentru strung", "clești"),
        ("6 piese", "24 piese, în cutie", "32 piese", "cu mâner izolat"),
        ("Meșterul", "Parek"), 14, 240,
    ),
    Family(
        "LIP", 3412, "Stație de lipit {} {}",
        ("40W", "60W", "90W"),
        ("cu vârfuri de schimb", "cu afișaj digital", "cu aer cald"),
        ("Meșterul", "TZT"), 39, 600,
    ),
    Family(
        "CNV", 2193, "Convertor {} {}",
        ("ridicător de tensiune", "coborâtor de tensiune", "TTL la RS485", "HDMI la VGA"),
        ("cu voltmetru", "5A", "izolat", "miniatură"),
        ("Emagra", "Xinrui"), 7, 88,
    ),
    Family(
        "PLC", 2194, "Placă de dezvoltare {} {}",
        ("ESP32", "ESP8266", "Nano V3", "Uno R3", "STM32"),
        ("cu cablu USB", "cu pini nelipiți", "cu antenă externă"),
        ("Emagra", "TZT"), 16, 145,
    ),
    Family(
        "MTR", 3121, "Motor pas cu pas NEMA 17 {} {}",
        ("0,9°", "1,8°"),
        ("1,5A", "1,7A", "2A, cu cablu", "cu șurub trapezoidal"),
        ("Bimex", "Wanke"), 45, 180,
    ),
    Family(
        "ACU", 1514, "Acumulator {} {}",
        ("18650", "21700", "LiPo 3,7V", "AGM 12V"),
        ("2600 mAh", "3500 mAh", "5000 mAh", "7 Ah"),
        ("Voltara", "Kemeising"), 12, 260,
    ),
    Family(
        "TST", 3520, "Aparat de măsură: {} {}",
        ("multimetru", "tester de tensiune", "osciloscop portabil", "clampmetru", "termometru cu infraroșu"),
        ("digital", "cu sonde", "cu ecran color", "True RMS"),
        ("Metrix RO", "Parek"), 24, 590,
    ),
    Family(
        "CMT", 1630, "Comutator {} {}",
        ("cu clapetă", "rotativ", "cu revenire", "de sfârșit de cursă"),
        ("6A", "16A", "iluminat", "set 10 bucăți"),
        ("Emagra", "Wanke"), 3, 48,
    ),
    Family(
        "VNT", 2310, "Ventilator {} {}",
        ("40 mm", "80 mm", "120 mm", "radial 50 mm"),
        ("5V, silențios", "12V", "24V, cu rulment", "cu grilaj"),
        ("Aeris", "Xinrui"), 11, 79,
    ),
    Family(
        "CAM", 1720, "Cameră de supraveghere {} {}",
        ("de interior", "de exterior", "pentru mașină", "endoscopică"),
        ("Full HD", "2K, cu vedere nocturnă", "cu baterie"),
        ("Vedere", "Parek"), 59, 420,
    ),
    Family(
        "CON", 1631, "Conectori {} {}",
        ("JST-XH", "XT60", "Wago 3 căi", "DC 5,5 x 2,1 mm"),
        ("set 10 bucăți", "set 50 bucăți", "mamă și tată"),
        ("Cabluri Plus", "TZT"), 4, 62,
    ),
    Family(
        "AFS", 2195, "Afișaj {} {}",
        ("OLED 0,96 inchi", "LCD 1602", "TFT 2,4 inchi", "cu 7 segmente"),
        ("I2C", "SPI", "albastru", "cu ecran tactil"),
        ("Emagra", "Xinrui"), 10, 130,
    ),
)  # fmt: skip

# Sellers append these to a name so that it is found: eMAG's titles have up to 200 characters and more.
DETAILS = (
    "compatibil cu Arduino și Raspberry Pi",
    "ideal pentru proiecte DIY, atelier și laborator",
    "protecție la supratensiune și inversarea polarității",
    "carcasă rezistentă la șocuri, culoare negru mat",
    "instrucțiuni în limba română",
    "montaj ușor, accesorii incluse în pachet",
    "conform CE și RoHS, garanție 24 de luni",
)
MOST_DETAILS = 4


def title(name: str, number: int) -> str:
    """`name` with 0 to `MOST_DETAILS` details, chosen by `number`."""
    details = [DETAILS[(number + each) % len(DETAILS)] for each in range(number % (MOST_DETAILS + 1))]
    return ", ".join((name, *details))


HEROES = (
    Hero("AUR516", "Amplificator audio 2 x 100W cu Bluetooth 5.0, clasă D", "Aurelis", 109.24, 0, 4),
    Hero("BMX136", "Motor cu reductor 12V 100 rpm, ax metalic", "Bimex", 64.705, 7, 15),
    Hero("EMG469", "Modul releu 4 canale 12V cu optocuplor", "Emagra", 31.0924, 14, 0),
)
