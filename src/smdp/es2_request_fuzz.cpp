// The whole path of an ES2+ request. First byte: which function; the rest is the body.
#include "smdp/fake_smdp.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keepline;
    using namespace keepline::smdp;
    if (size == 0) return 0;
    static auto& of = *new fake_smdp;
    static const bool stocked = [] {
        for (int i = 1; i < 5; ++i) of.provide(i);
        return true;
    }();
    (void)stocked;
    constexpr const char* functions[] = {"downloadOrder", "confirmOrder", "cancelOrder", "releaseProfile"};
    auto in = fake_smdp::request_of(es2_prefix, functions[data[0] % 4], std::string(base::text({data + 1, size - 1})));
    auto shown = std::make_shared<keepline::http::peer_certificate>();
    shown->common_name = "acme";
    in.client = std::move(shown);
    if (http::fake_exchange::ask(of.es2_door, std::move(in)).status != 200) std::abort();
    return 0;
}
