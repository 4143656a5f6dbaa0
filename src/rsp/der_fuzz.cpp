// Any bytes as DER. What the reader accepts must come out of the writer as it went in: one value, one encoding.
#include "rsp/der.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace keepline;
using namespace keepline::rsp;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void read_as_every_type(const der::tlv& element) {
    der::writer again;
    if (const auto value = der::unsigned_of(element, "x")) {
        again.number(*value, element.what);
        require(std::ranges::equal(again.view(), element.whole));
    }
    if (const auto value = der::boolean_of(element, "x")) {
        der::writer flag;
        flag.boolean(*value, element.what);
        require(std::ranges::equal(flag.view(), element.whole));
    }
    if (const auto value = der::oid_of(element, "x")) {
        const auto content = der::oid_content(*value);
        require(!content || std::ranges::equal(*content, element.value));
    }
    static_cast<void>(der::bits_of(element, "x"));
    static_cast<void>(der::utf8_of(element, "x", 64));
}

void walk(base::byte_view in, int depth) {
    for (der::reader elements(in); depth > 0 && !elements.at_end();) {
        const auto element = elements.next();
        if (!element) return;
        der::writer again;
        again.element(element->what, element->value);
        require(std::ranges::equal(again.view(), element->whole));
        require(der::element_size(element->what, element->value.size()) == element->whole.size());
        read_as_every_type(*element);
        if (element->constructed()) walk(element->value, depth - 1);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    walk({data, size}, 8);
    static_cast<void>(der::well_formed({data, size}));
    static_cast<void>(der::oid_content(base::text({data, size})));
    return 0;
}
