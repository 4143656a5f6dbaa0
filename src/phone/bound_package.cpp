#include "phone/bound_package.hpp"

#include "base/digest.hpp"

#include <algorithm>
#include <array>

namespace keepline::phone {

namespace {

constexpr std::size_t max_segment = 1020;  // SGP.22 §2.5.4: the whole TLV, with its MAC
constexpr std::size_t max_control = 4096;  // BF23, and A0 or A2 with few segments
constexpr std::size_t max_package = 2U << 20;
constexpr std::size_t mac_size = 8;

block as_block(byte_view in) {
    block out{};
    std::ranges::copy(in.first(out.size()), out.begin());
    return out;
}

std::optional<bytes> without_padding(bytes data) {
    while (!data.empty() && data.back() == 0) data.pop_back();
    if (data.empty() || data.back() != 0x80) return std::nullopt;
    data.pop_back();
    return data;
}

}  // namespace

secure_channel secure_channel::derive(byte_view shared_secret, byte_view host_id, byte_view eid) {
    const std::array<std::uint8_t, 2> key_type{0x88, 0x10};
    const std::array<std::uint8_t, 1> host_size{static_cast<std::uint8_t>(host_id.size())};
    const std::array<std::uint8_t, 1> eid_size{static_cast<std::uint8_t>(eid.size())};
    const auto keys = x963_kdf(shared_secret, joined({key_type, host_size, host_id, eid_size, eid}), 48);
    const byte_view all = keys;
    return {as_block(all), as_block(all.subspan(16)), as_block(all.subspan(32))};
}

std::expected<bytes, bpp_error> secure_channel::open(const tlv& segment, bool enciphered) {
    if (segment.whole.size() > max_segment || segment.value.size() < mac_size)
        return std::unexpected(bpp_error::scp03t_structure_error);
    const auto data = segment.value.first(segment.value.size() - mac_size);
    const auto mac = segment.value.last(mac_size);
    const auto signed_part = segment.whole.first(segment.whole.size() - mac_size);
    const auto full = aes_cmac(mac_, joined({chaining_, signed_part}));
    if (!base::equal_secrets(byte_view(full).first(mac_size), mac))
        return std::unexpected(bpp_error::scp03t_security_error);
    chaining_ = full;
    block number{};
    for (std::size_t i = 0; i < 8; ++i) number[15 - i] = static_cast<std::uint8_t>(counter_ >> (8 * i));
    ++counter_;  // a segment that is only authenticated counts as well
    if (!enciphered) return bytes(data.begin(), data.end());
    if (data.empty() || data.size() % 16 != 0) return std::unexpected(bpp_error::scp03t_structure_error);
    auto plain = without_padding(aes_cbc_decrypt(encryption_, aes_encrypt_block(encryption_, number), data));
    if (!plain) return std::unexpected(bpp_error::scp03t_security_error);
    return std::move(*plain);
}

std::unexpected<bpp_failure> bound_package::fail(bpp_error reason, std::string words) const {
    return std::unexpected(bpp_failure{command(), reason, std::move(words)});
}

bpp_command bound_package::command() const {
    switch (phase_) {
        case phase::head:
        case phase::secure_channel: return bpp_command::initialise_secure_channel;
        case phase::first_87: return bpp_command::configure_isdp;
        case phase::head_88:
        case phase::segments_88: return bpp_command::store_metadata;
        case phase::second_87_or_head_86:
            return !buffer_.empty() && buffer_[0] == 0xA2 ? bpp_command::replace_session_keys
                                                          : bpp_command::load_profile_elements;
        case phase::segments_86:
        case phase::complete: break;
    }
    return bpp_command::load_profile_elements;
}

std::expected<void, bpp_failure> bound_package::feed(byte_view more) {
    append(buffer_, more);
    if (phase_ == phase::complete && !buffer_.empty())
        return fail(bpp_error::scp03t_structure_error, "Bytes follow the package.");
    while (phase_ != phase::complete) {
        const auto went_on = step();
        if (!went_on) return std::unexpected(went_on.error());
        if (!*went_on) break;
    }
    if (phase_ == phase::complete && !buffer_.empty())
        return fail(bpp_error::scp03t_structure_error, "Bytes follow the package.");
    return {};
}

bound_package::outcome bound_package::step() {
    switch (phase_) {
        case phase::head: return on_head();
        case phase::secure_channel: return on_secure_channel();
        case phase::first_87: return on_first_87();
        case phase::head_88: return on_sequence_head(0xA1, phase::segments_88);
        case phase::segments_88: return on_segments(0x88, content_.store_metadata, phase::second_87_or_head_86);
        case phase::second_87_or_head_86:
            if (buffer_.empty()) return false;
            return buffer_[0] == 0xA2 && !content_.replaced_keys ? on_second_87()
                                                                 : on_sequence_head(0xA3, phase::segments_86);
        case phase::segments_86: return on_segments(0x86, content_.profile_elements, phase::complete);
        case phase::complete: break;
    }
    return false;
}

std::expected<std::optional<tlv>, bpp_failure> bound_package::whole(std::size_t limit) const {
    const auto head = read_head(buffer_);
    if (head.is == tlv_head::state::bad) return fail(bpp_error::scp03t_structure_error, "This is no DER.");
    if (head.is == tlv_head::state::more) return std::nullopt;
    if (head.size + head.value > limit || head.size + head.value > left_in_package_)
        return fail(bpp_error::scp03t_structure_error,
                    "An element of " + std::to_string(head.size + head.value) + " bytes is longer than allowed.");
    if (buffer_.size() < head.size + head.value) return std::nullopt;
    const byte_view all = buffer_;
    return tlv{head.tag, all.subspan(head.size, head.value), all.first(head.size + head.value)};
}

void bound_package::consume(std::size_t count) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(count));
    left_in_package_ -= count;
}

bound_package::outcome bound_package::on_head() {
    const auto head = read_head(buffer_);
    if (head.is == tlv_head::state::more) return false;
    if (head.is == tlv_head::state::bad || head.tag != 0xBF36 || head.value > max_package)
        return fail(bpp_error::incorrect_input_values, "This is no bound profile package.");
    left_in_package_ = head.size + head.value;
    consume(head.size);
    phase_ = phase::secure_channel;
    return true;
}

bound_package::outcome bound_package::on_secure_channel() {
    const auto element = whole(max_control);
    if (!element) return std::unexpected(element.error());
    if (!*element) return false;
    if ((*element)->tag != 0xBF23)
        return fail(bpp_error::incorrect_input_values, "InitialiseSecureChannel is missing.");
    if (auto done = initialise((*element)->value); !done) return std::unexpected(done.error());
    consume((*element)->whole.size());
    phase_ = phase::first_87;
    return true;
}

std::expected<void, bpp_failure> bound_package::initialise(byte_view value) {
    tlv_reader in(value);
    const auto operation = in.take(0x82);
    const auto transaction = in.take(0x80);
    const auto reference = in.take(0xA6);
    const auto one_time = in.take(0x5F49);
    const auto signature = in.take(0x5F37);
    if (!operation || !transaction || !reference || !one_time || !signature)
        return fail(bpp_error::incorrect_input_values, "InitialiseSecureChannel lacks a field.");
    if (unsigned_value(operation->value) != 1)
        return fail(bpp_error::unsupported_remote_operation_type, "The operation is not installBoundProfilePackage.");
    if (!same(transaction->value, expected_.transaction_id))
        return fail(bpp_error::invalid_transaction_id, "The package is of another transaction.");
    const auto own_point = expected_.one_time.point();
    const auto signed_part =
        joined({operation->whole, transaction->whole, reference->whole, one_time->whole, make(0x5F49, own_point)});
    if (!expected_.smdp.verify(signed_part, signature->value))
        return fail(bpp_error::invalid_signature, "smdpSign does not hold with the key of CERT.DPpb.");
    tlv_reader crt(reference->value);
    const auto key_type = crt.take(0x80);
    const auto key_size = crt.take(0x81);
    const auto host = crt.take(0x84);
    const std::uint8_t aes = 0x88;
    const std::uint8_t sixteen = 0x10;
    if (!key_type || !key_size || !host || !same(key_type->value, {&aes, 1}) || !same(key_size->value, {&sixteen, 1}) ||
        host->value.empty() || host->value.size() > 16)
        return fail(bpp_error::unsupported_crt_values,
                    "The control reference template asks for other keys than AES-128.");
    const auto peer = ec_key::from_point(expected_.one_time.on(), one_time->value);
    const auto secret = peer ? expected_.one_time.agree(*peer) : std::nullopt;
    if (!secret) return fail(bpp_error::incorrect_input_values, "otPK.DP is no point of the curve.");
    channel_ = secure_channel::derive(*secret, host->value, expected_.eid);
    return {};
}

bound_package::outcome bound_package::on_first_87() {
    const auto element = whole(max_control);
    if (!element) return std::unexpected(element.error());
    if (!*element) return false;
    const auto segments = elements((*element)->value);
    if ((*element)->tag != 0xA0 || !segments || segments->empty())
        return fail(bpp_error::scp03t_structure_error, "ConfigureISDP is missing.");
    for (const auto& one : *segments) {
        if (one.tag != 0x87) return fail(bpp_error::scp03t_structure_error, "Only 87 belongs into the first sequence.");
        auto plain = channel_->open(one, true);
        if (!plain) return fail(plain.error(), "A segment of ConfigureISDP does not open.");
        append(content_.configure_isdp, *plain);
        ++content_.segments;
    }
    if (!only(content_.configure_isdp, 0xBF24))
        return fail(bpp_error::incorrect_input_values, "ConfigureISDP is not well formed.");
    consume((*element)->whole.size());
    phase_ = phase::head_88;
    return true;
}

bound_package::outcome bound_package::on_sequence_head(std::uint32_t tag, phase next) {
    const auto head = read_head(buffer_);
    if (head.is == tlv_head::state::more) return false;
    if (head.is == tlv_head::state::bad || head.tag != tag || head.value == 0 ||
        head.size + head.value > left_in_package_)
        return fail(bpp_error::scp03t_structure_error, "A sequence is missing or empty.");
    if (tag == 0xA3 && head.size + head.value != left_in_package_)
        return fail(bpp_error::scp03t_structure_error, "The profile elements do not end where the package ends.");
    left_in_sequence_ = head.value;
    consume(head.size);
    phase_ = next;
    return true;
}

bound_package::outcome bound_package::on_segments(std::uint32_t tag, bytes& into, phase next) {
    const auto element = whole(max_segment);
    if (!element) return std::unexpected(element.error());
    if (!*element) return false;
    const auto& segment = **element;
    if (segment.tag != tag || segment.whole.size() > left_in_sequence_)
        return fail(bpp_error::scp03t_structure_error, "A segment has the wrong tag or leaves its sequence.");
    auto plain = channel_->open(segment, tag == 0x86);
    if (!plain) return fail(plain.error(), "A segment does not open.");
    append(into, *plain);
    ++content_.segments;
    content_.longest_segment = std::max(content_.longest_segment, segment.whole.size());
    left_in_sequence_ -= segment.whole.size();
    consume(segment.whole.size());
    if (left_in_sequence_ == 0) {
        if (tag == 0x88 && !only(content_.store_metadata, 0xBF25))
            return fail(bpp_error::incorrect_input_values, "StoreMetadata is not well formed.");
        phase_ = next;
    }
    return true;
}

bound_package::outcome bound_package::on_second_87() {
    const auto element = whole(max_control);
    if (!element) return std::unexpected(element.error());
    if (!*element) return false;
    const auto segments = elements((*element)->value);
    if (!segments || segments->empty()) return fail(bpp_error::scp03t_structure_error, "ReplaceSessionKeys is empty.");
    bytes plain;
    for (const auto& one : *segments) {
        if (one.tag != 0x87)
            return fail(bpp_error::scp03t_structure_error, "Only 87 belongs into the second sequence.");
        auto opened = channel_->open(one, true);
        if (!opened) return fail(opened.error(), "A segment of ReplaceSessionKeys does not open.");
        append(plain, *opened);
        ++content_.segments;
    }
    if (auto done = replace_keys(plain); !done) return std::unexpected(done.error());
    consume((*element)->whole.size());
    content_.replaced_keys = true;
    return true;
}

std::expected<void, bpp_failure> bound_package::replace_keys(byte_view plain) {
    const auto request = only(plain, 0xBF26);
    tlv_reader in(request ? request->value : byte_view{});
    const auto chaining = in.take(0x80);
    const auto encryption = in.take(0x81);
    const auto mac = in.take(0x82);
    if (!chaining || !encryption || !mac || !in.empty() || chaining->value.size() != 16 ||
        encryption->value.size() != 16 || mac->value.size() != 16)
        return fail(bpp_error::incorrect_input_values, "ReplaceSessionKeys is not well formed.");
    channel_ = secure_channel(as_block(chaining->value), as_block(encryption->value), as_block(mac->value));
    return {};
}

}  // namespace keepline::phone
