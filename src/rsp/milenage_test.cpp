// OPc and TOPc against the published test data: TS 35.207 §4-6 (sets 1 to 6), TS 35.232 §6 and TS 35.233 §6.
#include "rsp/milenage.hpp"

#include "rsp/tuak.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace keepline::rsp {

namespace {

template <std::size_t N>
base::byte_array<N> bytes_of_hex(std::string_view hex) {
    base::byte_array<N> out{};
    const auto raw = base::from_hex(hex).value();
    EXPECT_EQ(raw.size(), N);
    std::copy_n(raw.begin(), std::min(N, raw.size()), out.begin());
    return out;
}

struct operator_key_vector {
    std::string_view key;
    std::string_view op;
    std::string_view derived;
    unsigned iterations = 1;
};

}  // namespace

TEST(milenage, derives_the_published_opc_values) {
    constexpr std::array<operator_key_vector, 6> vectors{{
        {"465b5ce8b199b49faa5f0a2ee238a6bc", "cdc202d5123e20f62b6d676ac72cb318", "cd63cb71954a9f4e48a5994e37a02baf"},
        {"0396eb317b6d1c36f19c1c84cd6ffd16", "ff53bade17df5d4e793073ce9d7579fa", "53c15671c60a4b731c55b4a441c0bde2"},
        {"fec86ba6eb707ed08905757b1bb44b8f", "dbc59adcb6f9a0ef735477b7fadf8374", "1006020f0a478bf6b699f15c062e42b3"},
        {"9e5944aea94b81165c82fbf9f32db751", "223014c5806694c007ca1eeef57f004f", "a64a507ae1a2a98bb88eb4210135dc87"},
        {"4ab1deb05ca6ceb051fc98e77d026a84", "2d16c5cd1fdf6b22383584e3bef2a8d8", "dcf07cbd51855290b92a07a9891e523e"},
        {"6c38a116ac280c454f59332ee35c8c4f", "1ba00a1a7c6700ac8c3ff3e96ad08725", "3803ef5363b947c6aaa225e58fae3934"},
    }};
    for (const auto& one : vectors)
        EXPECT_EQ(base::hex(opc(bytes_of_hex<16>(one.key), bytes_of_hex<16>(one.op))), one.derived);
}

TEST(tuak, permutes_as_the_published_states_say) {
    keccak_state state{};
    state[0] = 0x80;
    keccak_f1600(state);
    EXPECT_EQ(base::hex(base::byte_view(state).first(32)),
              "44e0e58ca968975c4c2592a157f53f2124519b010b89e15e301ef58f76501db5");
}

TEST(tuak, derives_the_published_topc_values) {
    constexpr std::array<operator_key_vector, 5> vectors{{
        {"abababababababababababababababab", "5555555555555555555555555555555555555555555555555555555555555555",
         "bd04d9530e87513c5d837ac2ad954623a8e2330c115305a73eb45d1f40cccbff"},
        {"fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0",
         "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
         "305425427e18c503c8a4b294ea72c95d0c36c6c6b29d0c65de5974d5977f8524"},
        {"b8da837a50652d6ac7c97da14f6acc61", "0952be13556c32ebc58195d9dd930493e12a9003669988ffde5fa1f0fe35cc01",
         "2bc16eb657a68e1f446f08f57c0efb1d493527a2e652ce281eb6ca0e4487760a"},
        {"1574ca56881d05c189c82880f789c9cd4244955f4426aa2b69c29f15770e5aa5",
         "e59f6eb10ea406813f4991b0b9e02f181edf4c7e17b480f66d34da35ee88c95e",
         "3c6052e41532a28a47aa3cbb89f223e8f3aaa976aecd48bc3e7d6165a55eff62"},
        {"1574ca56881d05c189c82880f789c9cd4244955f4426aa2b69c29f15770e5aa5",
         "e59f6eb10ea406813f4991b0b9e02f181edf4c7e17b480f66d34da35ee88c95e",
         "b04a66f26c62fcd6c82de22a179ab65506ecf47f56245cd149966cfa9cec7a51", 2},
    }};
    for (const auto& one : vectors) {
        const auto derived = topc(base::from_hex(one.key).value(), bytes_of_hex<32>(one.op), one.iterations);
        ASSERT_TRUE(derived);
        EXPECT_EQ(base::hex(*derived), one.derived);
    }
}

TEST(tuak, refuses_a_key_of_another_length) {
    EXPECT_FALSE(topc(base::bytes(24), {}));
    EXPECT_FALSE(topc(base::bytes(16), {}, 0));
}

}  // namespace keepline::rsp
