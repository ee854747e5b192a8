"""The words of the supplier's file, in the languages that suppliers read; the Chinese headings are of 1688.com."""

from collections.abc import Mapping

from magflow_pipeline.reports.choices import SupplierLanguage

HEADINGS: Mapping[SupplierLanguage, tuple[str, ...]] = {
    SupplierLanguage.ZH: ("图片", "名称", "规格名", "数量", "零售价", "金额", "商品链接", "图片链接"),
    SupplierLanguage.EN: (
        *("Picture", "Article", "Variant", "Quantity", "Unit price", "Amount", "Article link", "Picture link"),
    ),
    SupplierLanguage.RO: (
        *("Imagine", "Denumire", "Variantă", "Cantitate", "Preț unitar", "Valoare", "Link articol", "Link imagine"),
    ),
}
TEXTS: Mapping[SupplierLanguage, Mapping[str, str]] = {
    SupplierLanguage.ZH: {
        "title": "采购单 {number}",
        "supplier": "供应商：{supplier}",
        "day": "日期：{day}",
        "shipping": "运输方式：{shipping}",
        "currency": "币种：{currency}",
        "instruction": "请按下表备货，并确认价格和交货日期。如缺货、价格或起订量有变，请在发货前告知。",
        "total": "合计 {currency}",
        "demo": "演示数据：数字由模拟器生成，请勿备货。",
        "sea": "海运",
        "air": "空运",
        "rail": "铁路",
        "road": "卡车",
    },
    SupplierLanguage.EN: {
        "title": "Purchase order {number}",
        "supplier": "Supplier: {supplier}",
        "day": "Date: {day}",
        "shipping": "Shipping: {shipping}",
        "currency": "Currency: {currency}",
        "instruction": "Please prepare the articles below, and confirm prices and the day of delivery. If an article is"
        " out of stock, or a price or least quantity has changed, tell us before you ship.",
        "total": "Total {currency}",
        "demo": "DEMO: the numbers are made up by a simulator; prepare nothing.",
        "sea": "sea",
        "air": "air",
        "rail": "rail",
        "road": "road",
    },
    SupplierLanguage.RO: {
        "title": "Comandă {number}",
        "supplier": "Furnizor: {supplier}",
        "day": "Data: {day}",
        "shipping": "Transport: {shipping}",
        "currency": "Moneda: {currency}",
        "instruction": "Vă rugăm să pregătiți articolele de mai jos și să confirmați prețurile și data livrării. Dacă"
        " un articol lipsește, sau s-a schimbat un preț ori o cantitate minimă, anunțați-ne înainte de livrare.",
        "total": "Total {currency}",
        "demo": "DEMO: numerele sunt inventate de un simulator; nu pregătiți nimic.",
        "sea": "maritim",
        "air": "aerian",
        "rail": "feroviar",
        "road": "rutier",
    },
}
