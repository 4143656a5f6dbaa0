// Addresses, networks, and what a proxy in front of us says.
#include "http/origin.hpp"

#include <gtest/gtest.h>

namespace keepline::http {
namespace {

ip_address at(std::string_view text) { return ip_address::parse(text).value(); }
networks of(const std::vector<std::string>& text) { return networks::parse(text).value(); }

TEST(address, is_counted_alone_in_ipv4_and_by_its_64_in_ipv6) {
    EXPECT_NE(limit_key(at("192.0.2.1")), limit_key(at("192.0.2.2")));
    EXPECT_EQ(limit_key(at("192.0.2.1")), limit_key(at("::ffff:192.0.2.1")));
    EXPECT_EQ(limit_key(at("2001:db8:0:1::1")), limit_key(at("2001:db8:0:1:ffff:ffff:ffff:ffff")));
    EXPECT_NE(limit_key(at("2001:db8:0:1::1")), limit_key(at("2001:db8:0:2::1")));
}

TEST(address, is_read_strictly) {
    using namespace std::string_view_literals;
    for (const auto text : {""sv, "192.0.2"sv, "192.0.2.1\0junk"sv, "192.0.2.1 "sv, "localhost"sv, "[::1]"sv,
                            "1.2.3.4.5"sv, "0x7f.0.0.1"sv, "2001:db8::g"sv})
        EXPECT_FALSE(ip_address::parse(text)) << text;
}

TEST(a_network, has_what_lies_in_it) {
    const auto some = of({"10.0.0.0/8", "192.0.2.7", "2001:db8::/33"});
    EXPECT_TRUE(some.has(at("10.255.0.1")));
    EXPECT_FALSE(some.has(at("11.0.0.1")));
    EXPECT_TRUE(some.has(at("::ffff:10.1.1.1")));
    EXPECT_TRUE(some.has(at("192.0.2.7")));
    EXPECT_FALSE(some.has(at("192.0.2.8")));
    EXPECT_TRUE(some.has(at("2001:db8:7fff::1")));
    EXPECT_FALSE(some.has(at("2001:db8:8000::1")));
    EXPECT_FALSE(networks().has(at("127.0.0.1")));
    EXPECT_TRUE(of({"0.0.0.0/0"}).has(at("8.8.8.8")));
    EXPECT_FALSE(of({"0.0.0.0/0"}).has(at("2001:db8::1")));
}

TEST(a_network, is_refused_when_it_is_written_wrongly) {
    for (const auto* text :
         {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "proxy.example", ""})
        EXPECT_FALSE(networks::parse({text})) << text;
}

TEST(x_forwarded_for, is_believed_only_from_those_who_are_trusted_and_only_as_far_as_they_are) {
    const auto trusted = of({"127.0.0.1", "10.0.0.0/8"});
    const auto proxy = at("127.0.0.1");
    EXPECT_EQ(forwarded_for("198.51.100.1", at("203.0.113.9"), trusted), at("203.0.113.9"));
    EXPECT_EQ(forwarded_for("198.51.100.1", proxy, trusted), at("198.51.100.1"));
    EXPECT_EQ(forwarded_for("1.1.1.1, 198.51.100.1", proxy, trusted), at("198.51.100.1"))
        << "the first is the client's own";
    EXPECT_EQ(forwarded_for("1.1.1.1,198.51.100.1,10.1.1.1", proxy, trusted), at("198.51.100.1"));
    EXPECT_EQ(forwarded_for("", proxy, trusted), proxy);
    EXPECT_EQ(forwarded_for("10.1.1.1", proxy, trusted), at("10.1.1.1"));
    EXPECT_EQ(forwarded_for("1.1.1.1, unknown, 10.1.1.1", proxy, trusted), at("10.1.1.1"));
    EXPECT_EQ(forwarded_for("198.51.100.1:4711", proxy, trusted), at("198.51.100.1"));
    EXPECT_EQ(forwarded_for("[2001:db8::1]:4711", proxy, trusted), at("2001:db8::1"));
    EXPECT_EQ(forwarded_for("2001:db8::1", proxy, trusted), at("2001:db8::1"));
    EXPECT_EQ(forwarded_for("198.51.100.1:x", proxy, trusted), proxy);
}

base::result<proxy_head> read(std::string_view text) { return read_proxy_head(base::view(text)); }

TEST(a_proxy_head, of_version_1_names_the_client) {
    const std::string_view whole = "PROXY TCP4 198.51.100.1 192.0.2.1 4711 443\r\nGET / HTTP/1.1\r\n";
    const auto head = read(whole);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->client, at("198.51.100.1"));
    EXPECT_EQ(whole.substr(head->size, 3), "GET");
    EXPECT_EQ(read("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n")->client, at("2001:db8::1"));
    EXPECT_EQ(read("PROXY UNKNOWN\r\n")->client, std::nullopt);
    EXPECT_EQ(read("PROXY UNKNOWN\r\n")->size, 15U);
    for (std::size_t n = 0; n < 44; ++n) EXPECT_EQ(read(whole.substr(0, n))->size, 0U) << n;
}

TEST(a_proxy_head, of_version_1_that_is_wrong_is_refused) {
    for (const auto* text :
         {"GET / HTTP/1.1\r\n", "PROXY TCP4 198.51.100.1 192.0.2.1 4711\r\n",
          "PROXY TCP4 2001:db8::1 192.0.2.1 1 2\r\n", "PROXY TCP6 198.51.100.1 192.0.2.1 1 2\r\n",
          "PROXY TCP4 198.51.100.1 192.0.2.1 1 65536\r\n", "PROXY TCP4 198.51.100.1 192.0.2.1 1 2 3\r\n",
          "PROXY UDP4 198.51.100.1 192.0.2.1 1 2\r\n", "PROXY \r\n", "PROXX"})
        EXPECT_FALSE(read(text)) << text;
    EXPECT_FALSE(read("PROXY TCP4 " + std::string(200, '1')));
}

std::string binary(std::string_view command_family, std::string_view rest) {
    std::string out("\r\n\r\n\0\r\nQUIT\n", 12);
    out.append(command_family);
    out += static_cast<char>(rest.size() >> 8U);
    out += static_cast<char>(rest.size() & 0xFFU);
    return out.append(rest);
}

TEST(a_proxy_head, of_version_2_names_the_client) {
    const std::string four("\xC6\x33\x64\x01\xC0\x00\x02\x01\x12\x67\x01\xBB", 12);
    const auto head = read(binary("\x21\x11", four + "more, of no interest") + "GET");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->client, at("198.51.100.1"));
    EXPECT_EQ(head->size, 16 + 12 + 20U);
    std::string six(36, '\0');
    six[0] = 0x20;
    six[1] = 0x01;
    six[15] = 0x07;
    EXPECT_EQ(read(binary("\x21\x21", six))->client, at("2001::7"));
    EXPECT_EQ(read(binary("\x20\x11", four))->client, std::nullopt) << "LOCAL: a health check";
    EXPECT_EQ(read(binary(std::string_view("\x21\x00", 2), ""))->client, std::nullopt) << "of no known family";
    const auto whole = binary("\x21\x11", four);
    for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_EQ(read(whole.substr(0, n))->size, 0U) << n;
    EXPECT_FALSE(read(binary("\x21\x11", "short")));
    EXPECT_FALSE(read(binary("\x11\x11", four))) << "version 1 in binary";
    EXPECT_FALSE(read(binary("\x22\x11", four))) << "no such command";
    EXPECT_FALSE(read(binary("\x21\x11", std::string(3000, 'x')).substr(0, 20)));
}

}  // namespace
}  // namespace keepline::http
