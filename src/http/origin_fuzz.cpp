// What a trusted proxy says: PROXY heads and X-Forwarded-For. Neither may be read past its end, and a head that was
// read whole reads the same when more bytes follow it.
#include "base/ensure.hpp"
#include "http/origin.hpp"

#include <cstddef>
#include <cstdint>

using namespace keepline;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto trusted = *http::networks::parse({"127.0.0.0/8", "10.0.0.0/8", "fd00::/8"});
    const base::byte_view in{data, size};
    const auto head = http::read_proxy_head(in);
    if (head && head->size > 0) {
        ENSURE(head->size <= size);
        base::bytes longer(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(head->size));
        longer.push_back('G');
        const auto again = http::read_proxy_head(longer);
        ENSURE(again && again->size == head->size && again->client == head->client);
    }
    const auto from = *http::ip_address::parse("127.0.0.1");
    const auto client = http::forwarded_for(base::text(in), from, trusted);
    ENSURE(http::limit_key(client).size() == (client.is_v4() ? 4U : 8U));
    return 0;
}
