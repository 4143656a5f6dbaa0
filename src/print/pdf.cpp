#include "print/pdf.hpp"

#include "print/pdf_language.hpp"

#include <algorithm>
#include <cairo-pdf.h>
#include <memory>
#include <pango/pangocairo.h>
#include <qrcodegen/QrCode.hpp>
#include <utility>
#include <vector>

namespace keepline::print {

namespace {

using base::code;
using base::refuse;

// Points: 72 to the inch. ISO 216 A4.
constexpr double paper_width = 595.28;
constexpr double paper_height = 841.89;
constexpr double margin = 51;  // 18 mm
constexpr double text_width = paper_width - 2 * margin;
constexpr double name_share = 0.36;
constexpr double between = 12;
constexpr double qr_side = 96;
constexpr float line_height = 1.25F;
constexpr const char* family = "Noto Sans,Noto Sans CJK SC,WenQuanYi Micro Hei,Droid Sans Fallback,DejaVu Sans";

struct look {
    double size = 10.5;
    bool bold = false;
    double grey = 0.1;
    bool any_break = false;  // between any two characters: codes have no words
    double above = 0;
};

look look_of(text::sheet_part_kind kind) {
    using enum text::sheet_part_kind;
    switch (kind) {
        case issuer: return {.bold = true, .grey = 0.3};
        case title: return {.size = 18, .bold = true, .above = 2};
        case heading: return {.size = 12.5, .bold = true, .above = 10};
        case paragraph: return {.above = 2};
        case small: return {.size = 9, .grey = 0.3, .above = 2};
        case code: return {.size = 6.5, .grey = 0.3, .any_break = true, .above = 2};
        case table: return {};
    }
    return {};
}

const char* tag_of(text::sheet_part_kind kind) {
    using enum text::sheet_part_kind;
    return kind == title ? "H1" : kind == heading ? "H2" : "P";
}

struct cairo_over {
    void operator()(cairo_t* it) const { cairo_destroy(it); }
    void operator()(cairo_surface_t* it) const { cairo_surface_destroy(it); }
};
struct object_over {
    void operator()(void* it) const { g_object_unref(it); }
};
struct font_over {
    void operator()(PangoFontDescription* it) const { pango_font_description_free(it); }
};
using surface_ptr = std::unique_ptr<cairo_surface_t, cairo_over>;
using cairo_ptr = std::unique_ptr<cairo_t, cairo_over>;
using layout_ptr = std::unique_ptr<PangoLayout, object_over>;
using font_ptr = std::unique_ptr<PangoFontDescription, font_over>;

/// What is no UTF-8 is shown as that; Pango and Cairo take nothing else.
std::string shown(std::string_view words) {
    const std::unique_ptr<gchar, decltype(&g_free)> valid(
        g_utf8_make_valid(words.data(), static_cast<gssize>(words.size())), g_free);
    return valid.get();
}

cairo_status_t append(void* to, const unsigned char* data, unsigned int length) {
    try {
        static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
        return CAIRO_STATUS_SUCCESS;
    } catch (const std::bad_alloc&) {
        return CAIRO_STATUS_WRITE_ERROR;
    }
}

/// Words that know how much room they take.
struct laid_words {
    layout_ptr layout;
    double grey = 0;
    double height() const {
        int out = 0;
        pango_layout_get_size(layout.get(), nullptr, &out);
        return static_cast<double>(out) / PANGO_SCALE;
    }
};

class drawing {
 public:
    drawing(std::string& into, const pdf_terms& how)
        : paper_(cairo_pdf_surface_create_for_stream(append, &into, paper_width, paper_height)),
          on_(cairo_create(paper_.get())),
          language_(pango_language_from_string(how.language.c_str())) {
        cairo_pdf_surface_set_metadata(paper_.get(), CAIRO_PDF_METADATA_TITLE, shown(how.title).c_str());
        if (!how.author.empty())
            cairo_pdf_surface_set_metadata(paper_.get(), CAIRO_PDF_METADATA_AUTHOR, shown(how.author).c_str());
        begin("Document");
    }

    void part(const text::sheet_part& one) {
        if (one.kind == text::sheet_part_kind::table) return table(one.rows);
        const auto how = look_of(one.kind);
        const auto words = laid_out(one.words, how, text_width);
        y_ += how.above;
        // A heading does not stand alone at the foot of a page.
        if (one.kind == text::sheet_part_kind::heading) need(words.height() + 3 * between);
        const auto* tag = tag_of(one.kind);
        begin(tag);
        show(words, margin);
        end(tag);
        y_ += 4;
    }

    void address(const qrcodegen::QrCode& code, const std::string& words) {
        y_ += between;
        need(qr_side);
        const double top = y_;
        const double module = qr_side / code.getSize();
        begin("Figure");
        for (int row = 0; row < code.getSize(); ++row)
            for (int column = 0; column < code.getSize(); ++column)
                if (code.getModule(column, row))
                    cairo_rectangle(on_.get(), margin + column * module, top + row * module, module, module);
        ink(0);
        cairo_fill(on_.get());
        end("Figure");
        const auto beside = laid_out(words, {}, text_width - qr_side - between);
        y_ = top + (qr_side - beside.height()) / 2;
        begin("P");
        show(beside, margin + qr_side + between);
        end("P");
        y_ = top + qr_side;
    }

    base::result<void> finish() {
        end("Document");
        cairo_show_page(on_.get());
        const auto drawn = cairo_status(on_.get());
        cairo_surface_finish(paper_.get());
        const auto written = cairo_surface_status(paper_.get());
        if (drawn == CAIRO_STATUS_SUCCESS && written == CAIRO_STATUS_SUCCESS) return {};
        return refuse(code::internal, "The document could not be drawn.");
    }

 private:
    void begin(const char* tag) { cairo_tag_begin(on_.get(), tag, nullptr); }
    void end(const char* tag) { cairo_tag_end(on_.get(), tag); }
    void ink(double grey) { cairo_set_source_rgb(on_.get(), grey, grey, grey); }
    void need(double height) {
        if (y_ + height <= paper_height - margin || y_ <= margin) return;
        cairo_show_page(on_.get());
        y_ = margin;
    }

    laid_words laid_out(const std::string& words, const look& how, double width) {
        laid_words out{layout_ptr(pango_cairo_create_layout(on_.get())), how.grey};
        auto* layout = out.layout.get();
        pango_context_set_language(pango_layout_get_context(layout), language_);
        const font_ptr font(pango_font_description_from_string(family));
        pango_font_description_set_absolute_size(font.get(), how.size * PANGO_SCALE);
        if (how.bold) pango_font_description_set_weight(font.get(), PANGO_WEIGHT_BOLD);
        pango_layout_set_font_description(layout, font.get());
        pango_layout_set_width(layout, static_cast<int>(width * PANGO_SCALE));
        pango_layout_set_wrap(layout, how.any_break ? PANGO_WRAP_CHAR : PANGO_WRAP_WORD_CHAR);
        pango_layout_set_line_spacing(layout, line_height);
        const auto valid = shown(words);
        pango_layout_set_text(layout, valid.data(), static_cast<int>(valid.size()));
        return out;
    }

    /// From where the pen is, line by line, onto further pages where there is no room.
    void show(const laid_words& words, double x) {
        ink(words.grey);
        auto* layout = words.layout.get();
        for (int n = 0; n < pango_layout_get_line_count(layout); ++n) {
            auto* line = pango_layout_get_line_readonly(layout, n);
            PangoRectangle room;
            pango_layout_line_get_extents(line, nullptr, &room);
            const double height = static_cast<double>(room.height) / PANGO_SCALE;
            need(height);
            cairo_move_to(on_.get(), x, y_ - static_cast<double>(room.y) / PANGO_SCALE);
            pango_cairo_show_layout_line(on_.get(), line);
            y_ += height;
        }
    }

    void table(const std::vector<text::sheet_row>& rows) {
        begin("Table");
        for (const auto& row : rows) this->row(row);
        end("Table");
    }
    void row(const text::sheet_row& of) {
        const auto name = laid_out(of.name, {.grey = 0.3}, text_width * name_share - between);
        std::vector<laid_words> values;
        double height = 0;
        for (const auto& one : of.values) {
            look how;
            how.bold = one.strong;
            if (one.small) how.size = 9;
            values.push_back(laid_out(one.words, how, text_width * (1 - name_share)));
            height += values.back().height();
        }
        need(std::max(height, name.height()) + 6);
        ink(0.85);
        cairo_set_line_width(on_.get(), 0.5);
        cairo_move_to(on_.get(), margin, y_);
        cairo_line_to(on_.get(), margin + text_width, y_);
        cairo_stroke(on_.get());
        y_ += 3;
        const double top = y_;
        begin("TR");
        begin("TH");
        show(name, margin);
        end("TH");
        const double below_name = y_;
        y_ = top;
        begin("TD");
        for (const auto& one : values) show(one, margin + text_width * name_share);
        end("TD");
        end("TR");
        y_ = std::max(y_, below_name) + 3;
    }

    surface_ptr paper_;
    cairo_ptr on_;
    PangoLanguage* language_;  // of pango's own table
    double y_ = margin;
};

}  // namespace

base::result<std::string> pdf_of(const text::sheet& what, const pdf_terms& how) {
    std::string out;
    drawing draws(out, how);
    for (const auto& one : what.parts) draws.part(one);
    if (!how.address.empty()) {
        try {
            draws.address(qrcodegen::QrCode::encodeText(how.address.c_str(), qrcodegen::QrCode::Ecc::MEDIUM),
                          how.address);
        } catch (const qrcodegen::data_too_long&) {
            return refuse(code::too_large, "This is too long for a QR code.");
        }
    }
    CHECK(draws.finish());
    return in_language(std::move(out), how.language);
}

}  // namespace keepline::print

#if __has_feature(address_sanitizer)
/// Fonts that were looked up once are kept by their libraries for the life of the process.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libfontconfig.so\nleak:libcairo.so\nleak:libpango\nleak:libharfbuzz.so\n";
}
#endif
