#include "rsp/der.hpp"

#include "base/property.hpp"
#include "base/utf8.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace keepline::rsp::der {

namespace {

base::bytes octets(std::string_view hex) { return base::from_hex(hex).value(); }

TEST(der, reads_an_element_with_a_tag_of_one_to_four_bytes) {
    EXPECT_EQ(first_element(octets("300102ff"))->what, 0x30u);
    EXPECT_EQ(first_element(octets("bf380102"))->what, 0xbf38u);
    EXPECT_EQ(first_element(octets("5f37020102"))->value.size(), 2u);
    EXPECT_EQ(first_element(octets("9f81220100"))->what, 0x9f8122u);
    EXPECT_EQ(first_element(octets("9f8181220100"))->what, 0x9f818122u);
    EXPECT_FALSE(first_element(octets("9f818181220100")));
}

TEST(der, keeps_the_bytes_as_received) {
    const auto in = octets("3003020105aabb");
    const auto found = first_element(in);
    ASSERT_TRUE(found);
    EXPECT_EQ(base::hex(found->whole), "3003020105");
    EXPECT_EQ(base::hex(found->value), "020105");
    EXPECT_EQ(found->whole.data(), in.data());
    EXPECT_TRUE(found->constructed());
}

TEST(der, refuses_what_is_not_minimal_or_cut_off) {
    for (const auto* wrong :
         {"", "30", "3080", "30800000", "308101", "308200", "30820001", "300201", "3081", "30850000000001", "1f0101",
          "1f1e01ff", "1f800101", "bf", "bf81", "3084ffffffff", "30830000ff"})
        EXPECT_FALSE(first_element(octets(wrong))) << wrong;
    EXPECT_TRUE(first_element(octets("1f1f01ff")));
}

TEST(der, a_length_has_one_form_also_where_its_value_is_whole) {
    const auto with = [](std::string_view header, std::size_t size) {
        auto out = octets(header);
        out.resize(out.size() + size, 0x5a);
        return out;
    };
    EXPECT_TRUE(first_element(with("3001", 1)));
    EXPECT_TRUE(first_element(with("307f", 0x7f)));
    EXPECT_TRUE(first_element(with("308180", 0x80)));
    EXPECT_TRUE(first_element(with("3081ff", 0xff)));
    EXPECT_TRUE(first_element(with("30820100", 0x100)));
    EXPECT_TRUE(first_element(with("3083010000", 0x10000)));
    for (const auto& [header, size] :
         std::initializer_list<std::pair<const char*, std::size_t>>{{"308101", 1},
                                                                    {"30817f", 0x7f},
                                                                    {"30820001", 1},
                                                                    {"308200ff", 0xff},
                                                                    {"3083000100", 0x100},
                                                                    {"3083000001", 1},
                                                                    {"308400000001", 1},
                                                                    {"30840000ffff", 0xffff},
                                                                    {"308400010000", 0x10000},
                                                                    {"3085000000000101", 1}})
        EXPECT_FALSE(first_element(with(header, size))) << header;
}

TEST(der, nothing_that_is_cut_off_at_any_byte_is_an_element) {
    std::vector<base::bytes> vectors;
    for (const auto* hex : {"300102", "bf3803020105", "5f37020102", "9f81220100", "9f8181220100",
                            "020900ffffffffffffffff", "3006800101810102", "0603883701", "0304065540ff"})
        vectors.push_back(octets(hex));
    for (const std::size_t size : {0x7f, 0x80, 0xff, 0x100, 0x1000})
        vectors.push_back(std::move(writer().octets(octet_string, base::bytes(size, 1))).take());
    const std::filesystem::path corpus = std::filesystem::path(KEEPLINE_SOURCE_DIR) / "test/corpus";
    for (const auto* kind : {"der", "certificate"})
        for (const auto& file : std::filesystem::directory_iterator(corpus / kind)) {
            std::ifstream in(file.path(), std::ios::binary);
            std::ostringstream text;
            text << in.rdbuf();
            const auto all = std::move(text).str();
            if (const auto whole = first_element(base::view(all)))
                vectors.emplace_back(whole->whole.begin(), whole->whole.end());
        }
    ASSERT_GT(vectors.size(), 18U) << "the corpus is read, too";
    for (const auto& one : vectors) {
        ASSERT_TRUE(first_element(one)) << base::hex(one);
        for (std::size_t i = 0; i < one.size(); ++i) {
            EXPECT_FALSE(first_element(base::byte_view(one).first(i))) << i << " of " << base::hex(one);
            EXPECT_FALSE(only_element(base::byte_view(one).first(i)));
            EXPECT_EQ(well_formed(base::byte_view(one).first(i)), i == 0);
        }
    }
}

TEST(der, only_element_allows_nothing_behind_it) {
    EXPECT_TRUE(only_element(octets("020105"), integer));
    EXPECT_FALSE(only_element(octets("02010500"), integer));
    EXPECT_FALSE(only_element(octets("020105"), octet_string));
}

TEST(der, a_reader_takes_known_elements_and_passes_over_extensions) {
    const auto all = octets("0201050101ff80010a9f2000");
    reader elements(all);
    EXPECT_TRUE(elements.expect(integer, "number"));
    EXPECT_FALSE(elements.expect(integer, "number"));
    EXPECT_FALSE(*elements.maybe(0x80));
    EXPECT_TRUE(*elements.find(0x80));
    EXPECT_TRUE(*elements.maybe(boolean));
    EXPECT_TRUE(elements.next());
    EXPECT_FALSE(elements.at_end());
    EXPECT_TRUE(elements.next());
    EXPECT_TRUE(elements.at_end());
    EXPECT_FALSE(*elements.maybe(boolean));
    EXPECT_FALSE(elements.next());
}

TEST(der, typed_values_have_one_form) {
    const auto number = [](std::string_view hex) {
        const auto in = octets(hex);
        return unsigned_of(*only_element(in), "number");
    };
    EXPECT_EQ(*number("020100"), 0u);
    EXPECT_EQ(*number("02020080"), 128u);
    EXPECT_EQ(*number("020900ffffffffffffffff"), ~std::uint64_t{0});
    EXPECT_FALSE(number("0200"));
    EXPECT_FALSE(number("0201ff"));
    EXPECT_FALSE(number("02020001"));
    EXPECT_FALSE(number("0209010000000000000000"));

    const auto flag = [](std::string_view hex) {
        const auto in = octets(hex);
        return boolean_of(*only_element(in), "flag");
    };
    EXPECT_TRUE(*flag("0101ff"));
    EXPECT_FALSE(*flag("010100"));
    EXPECT_FALSE(flag("010101"));
    EXPECT_FALSE(flag("01020000"));

    const auto bits = [](std::string_view hex) {
        const auto in = octets(hex);
        return bits_of(*only_element(in), "bits");
    };
    EXPECT_EQ(*bits("81020780"), 1u);
    EXPECT_EQ(*bits("81020410"), 1u << 3);
    EXPECT_EQ(*bits("810100"), 0u);
    EXPECT_FALSE(bits("810101"));
    EXPECT_FALSE(bits("81020801"));
    EXPECT_FALSE(bits("81020781"));
    EXPECT_FALSE(bits("8100"));
    EXPECT_TRUE(has_bit(*bits("8102020c"), 4));
}

TEST(der, object_identifiers_go_both_ways) {
    for (const auto* dotted : {"2.999.10", "2.23.146.1.2.1.4", "1.2.840.10045.4.3.2", "0.0", "1.39", "2.5.29.15"}) {
        const auto content = oid_content(dotted);
        ASSERT_TRUE(content) << dotted;
        EXPECT_EQ(oid_text(*content), dotted);
    }
    EXPECT_EQ(base::hex(*oid_content("2.999.10")), "88370a");
    for (const auto* wrong : {"", "1", "3.1", "1.40", "1..2", "1.2.", "1.02", "a.b", "1.9999999999999999999"})
        EXPECT_FALSE(oid_content(wrong)) << wrong;
    EXPECT_EQ(oid_text(octets("8001")), "");
    EXPECT_EQ(oid_text(octets("2a86")), "");
    EXPECT_EQ(oid_text(octets("2affffffffffffffffffff7f")), "");
}

TEST(der, text_must_be_utf_8) {
    EXPECT_TRUE(base::is_utf8("保号"));
    EXPECT_TRUE(base::is_utf8(base::text(octets("f48fbfbf"))));
    for (const auto* wrong :
         {"80", "c0af", "c1bf", "e08080", "eda080", "f0808080", "f4908080", "f5808080", "e282", "ff"})
        EXPECT_FALSE(base::is_utf8(base::text(octets(wrong)))) << wrong;
}

TEST(der, nested_elements_get_their_length_afterwards) {
    writer out;
    out.nested(0xbf36, [&] {
        out.octets(0x80, base::bytes(200, 7));
        out.nested(0xa0, [&] { out.octets(0x81, base::bytes(70'000, 9)); });
    });
    const auto outer = only_element(out.view(), 0xbf36);
    ASSERT_TRUE(outer);
    reader inside(*outer);
    EXPECT_EQ(inside.expect(0x80, "first")->value.size(), 200u);
    const auto second = inside.expect(0xa0, "second");
    EXPECT_EQ(only_element(second->value, 0x81)->value.size(), 70'000u);
    EXPECT_EQ(element_size(0xa0, second->value.size()), second->whole.size());
    EXPECT_TRUE(well_formed(out.view()));
}

TEST(der, nesting_that_is_too_deep_is_not_well_formed) {
    base::bytes in;
    for (int i = 0; i < 30; ++i) {
        writer out;
        out.element(sequence, in);
        in = std::move(out).take();
    }
    EXPECT_FALSE(well_formed(in));
    EXPECT_TRUE(well_formed(in, 40));
}

TEST(der, numbers_and_bits_come_back_as_they_were_written) {
    EXPECT_HOLDS("numbers", [](std::uint64_t value) {
        writer out;
        out.number(value);
        const auto element = only_element(out.view(), integer);
        RC_ASSERT(element.has_value());
        RC_ASSERT(unsigned_of(*element, "number").value() == value);
    });
    EXPECT_HOLDS("bits", [](std::uint32_t value) {
        writer out;
        out.bits(value);
        const auto element = only_element(out.view(), bit_string);
        RC_ASSERT(element.has_value());
        RC_ASSERT(bits_of(*element, "bits").value() == value);
    });
}

TEST(der, random_bytes_are_read_without_going_past_the_end) {
    EXPECT_HOLDS("bytes", [](const base::bytes& in) {
        const auto found = first_element(in);
        if (found) RC_ASSERT(found->whole.size() <= in.size() && found->value.size() < found->whole.size());
        static_cast<void>(well_formed(in));
    });
}

TEST(der, says_what_is_missing_and_what_is_there) {
    const auto in = octets("bf380100");
    EXPECT_EQ(only_element(in, 0x5f37).error().words, "DER: element 5f37 is missing, there is bf38.");
    EXPECT_EQ(reader(in).expect(0x30, "set").error().words, "DER: set is missing, there is bf38.");
    EXPECT_EQ(reader(base::byte_view{}).expect(0x30, "set").error().words, "DER: set is missing.");
    EXPECT_EQ(only_element(octets("9f81812200"), 0x9f8122).error().words,
              "DER: element 9f8122 is missing, there is 9f818122.");
    EXPECT_FALSE(reader(octets("3080")).maybe(0x31)) << "malformed bytes are an error, not something else";
    EXPECT_FALSE(reader(octets("0500"
                               "3080"))
                     .find(0x31));
}

TEST(der, lengths_of_one_to_four_bytes_are_written_and_read) {
    for (const std::size_t size :
         {0x0UL, 0x7fUL, 0x80UL, 0xffUL, 0x100UL, 0xffffUL, 0x10000UL, 0xffffffUL, 0x1000000UL}) {
        const base::bytes value(size, 0x5a);
        writer plain, later;
        plain.octets(0x5f37, value);
        later.nested(0x5f37, [&] { later.raw(value); });
        EXPECT_EQ(plain.size(), element_size(0x5f37, size)) << size;
        EXPECT_TRUE(std::ranges::equal(plain.view(), later.view())) << size;
        const auto found = only_element(plain.view(), 0x5f37);
        ASSERT_TRUE(found) << size;
        EXPECT_TRUE(std::ranges::equal(found->value, value));
    }
}

TEST(der, constructed_is_what_the_first_byte_of_the_tag_says) {
    for (const tag what : {0x30U, 0xa0U, 0x7f49U, 0xbf38U, 0xbf8122U, 0xbf818122U})
        EXPECT_TRUE((tlv{what, {}, {}}.constructed())) << what;
    for (const tag what : {0x02U, 0x80U, 0x5f37U, 0x9f38U, 0x9f8122U, 0x9f8181a2U})
        EXPECT_FALSE((tlv{what, {}, {}}.constructed())) << what;
}

TEST(der, nesting_is_counted_to_the_element) {
    base::bytes in = octets("020105");
    for (int depth = 1; depth <= 17; ++depth) {
        writer out;
        out.element(sequence, in);
        in = std::move(out).take();
        EXPECT_TRUE(well_formed(in, depth)) << depth;
        EXPECT_FALSE(well_formed(in, depth - 1)) << depth;
        EXPECT_EQ(well_formed(in), depth <= 16) << depth;
    }
    EXPECT_TRUE(well_formed({}, 0));
    EXPECT_FALSE(well_formed({}, -1));
}

TEST(der, numbers_have_their_shortest_form) {
    const auto number = [](std::uint64_t value) {
        writer out;
        out.number(value);
        return base::hex(out.view());
    };
    EXPECT_EQ(number(0), "020100");
    EXPECT_EQ(number(0x7f), "02017f");
    EXPECT_EQ(number(0x80), "02020080");
    EXPECT_EQ(number(0x7fff), "02027fff");
    EXPECT_EQ(number(0x8000), "0203008000");
    EXPECT_EQ(number(0x0102030405060708), "02080102030405060708");
    EXPECT_EQ(number(~std::uint64_t{0}), "020900ffffffffffffffff");
    const auto read = [](std::string_view hex) {
        const auto in = octets(hex);
        return unsigned_of(*only_element(in), "number");
    };
    EXPECT_FALSE(read("020180"));
    EXPECT_FALSE(read("020a00800000000000000000"));
    EXPECT_FALSE(read("020a80000000000000000000"));
    EXPECT_FALSE(read("0202007f"));
    EXPECT_EQ(read("02080102030405060708"), 0x0102030405060708U);
}

TEST(der, bits_have_no_zeros_at_their_end_and_later_ones_are_ignored) {
    const auto written = [](std::uint32_t value) {
        writer out;
        out.bits(value);
        return base::hex(out.view());
    };
    EXPECT_EQ(written(0), "030100");
    EXPECT_EQ(written(1), "03020780");
    EXPECT_EQ(written(0x80), "03020001");
    EXPECT_EQ(written(0x100), "0303070080");
    EXPECT_EQ(written(0x80000001), "03050080000001");
    const auto read = [](std::string_view hex) {
        const auto in = octets(hex);
        return bits_of(*only_element(in), "bits");
    };
    EXPECT_EQ(*read("0306000000000080"), 0U) << "bit 32";
    EXPECT_EQ(*read("0306000000000180"), 1U << 31);
    EXPECT_EQ(*read("03020180"), 1U);
    EXPECT_FALSE(read("03020181"));
    EXPECT_EQ(*read("03020081"), 0x81U);
    EXPECT_FALSE(read("0300"));
    EXPECT_EQ(*read("030100"), 0U);
}

TEST(der, texts_and_octets_are_held_to_their_sizes) {
    const auto element = octets("0403616263");
    const auto found = only_element(element).value();
    EXPECT_TRUE(octets_of(found, "octets", 3, 3));
    EXPECT_FALSE(octets_of(found, "octets", 4, 5));
    EXPECT_FALSE(octets_of(found, "octets", 1, 2));
    EXPECT_EQ(utf8_of(found, "text", 3).value(), "abc");
    EXPECT_EQ(utf8_of(found, "text", 2).error().words, "DER: text is too long.");
    const auto wrong = octets("0402c0af");
    EXPECT_EQ(utf8_of(only_element(wrong).value(), "text", 9).error().words, "DER: text is not UTF-8.");
    const auto oid = octets("06028001");
    EXPECT_EQ(oid_of(only_element(oid).value(), "id").error().words, "DER: id is no object identifier.");
    EXPECT_FALSE(boolean_of(only_element(octets("0100")).value(), "flag"));
}

TEST(der, object_identifiers_end_where_their_numbers_do) {
    for (const auto* dotted : {"0.39", "1.0", "1.39", "2.0", "2.40", "2.47", "2.48", "1.2.127", "1.2.128", "1.2.16383",
                               "1.2.16384", "1.2.2097151", "1.2.2097152", "1.2.0.1", "1.2.123456789012345678"}) {
        const auto content = oid_content(dotted);
        ASSERT_TRUE(content) << dotted;
        EXPECT_EQ(oid_text(*content), dotted);
    }
    EXPECT_EQ(oid_text(octets("27")), "0.39");
    EXPECT_EQ(oid_text(octets("28")), "1.0");
    EXPECT_EQ(oid_text(octets("4f")), "1.39");
    EXPECT_EQ(oid_text(octets("50")), "2.0");
    EXPECT_EQ(oid_text(octets("2a8100")), "1.2.128");
    EXPECT_EQ(oid_text(octets("2a8001")), "") << "a leading zero";
    EXPECT_EQ(oid_text(octets("2a81ffffffffffffffff7f")), "1.2.18446744073709551615");
    EXPECT_EQ(oid_text(octets("2a82808080808080808000")), "") << "2^64";
    EXPECT_EQ(oid_text({}), "");
    EXPECT_EQ(oid_text(base::bytes(64, 1)).size(), 3U + 63 * 2);
    EXPECT_EQ(oid_text(base::bytes(65, 1)), "");
    for (const auto* wrong :
         {"0.40", "1.40", "3.0", "1.2.3/", "1.2.3:", "1.2.1234567890123456789", "1.2.00", "01.2", "1.", ".1", "2"})
        EXPECT_FALSE(oid_content(wrong)) << wrong;
    std::string longest = "1.1";
    for (int i = 0; i < 63; ++i) longest += ".1";
    EXPECT_EQ(oid_content(longest)->size(), 64U);
    EXPECT_FALSE(oid_content(longest + ".1"));
    EXPECT_EQ(base::hex(*oid_content("2.9")), "59");
    EXPECT_EQ(base::hex(*oid_content("1.2.9")), "2a09");
}

}  // namespace

}  // namespace keepline::rsp::der
