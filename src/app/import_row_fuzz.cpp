// Hostile import files: no crash, and whatever is taken for good is a JSON object.
#include "app/import_rows.hpp"
#include "base/ensure.hpp"
#include "base/json.hpp"

#include <sstream>

using namespace keepline;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto format = data[0] % 2 == 0 ? app::row_format::csv : app::row_format::ndjson;
    std::istringstream in(std::string(reinterpret_cast<const char*>(data + 1), size - 1));
    const auto reader = app::read_rows(in, format);
    if (!reader) return 0;
    std::size_t last_line = 0;
    while (const auto row = (*reader)->next()) {
        ENSURE(row->line > last_line);
        last_line = row->line;
        if (row->body) ENSURE(base::parse_json(*row->body, 32)->is_object());
    }
    return 0;
}
