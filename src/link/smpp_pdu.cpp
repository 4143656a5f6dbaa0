#include "link/smpp_pdu.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <array>

namespace keepline::link {

namespace {

constexpr std::size_t header_octets = 16;
constexpr std::size_t pdu_octets_max = 70'000;  // a message_payload may hold 64 KiB
constexpr std::size_t message_id_max = 65;

void put_u16(base::bytes& out, std::uint16_t v) {
    out.push_back(static_cast<std::uint8_t>(v >> 8));
    out.push_back(static_cast<std::uint8_t>(v & 0xff));
}

void put_u32(base::bytes& out, std::uint32_t v) {
    put_u16(out, static_cast<std::uint16_t>(v >> 16));
    put_u16(out, static_cast<std::uint16_t>(v & 0xffff));
}

std::uint32_t u32_at(base::byte_view in, std::size_t at) {
    return static_cast<std::uint32_t>(in[at]) << 24 | static_cast<std::uint32_t>(in[at + 1]) << 16 |
           static_cast<std::uint32_t>(in[at + 2]) << 8 | in[at + 3];
}

/// C-octet string, without what cannot be in one.
void put_text(base::bytes& out, std::string_view text, std::size_t max_octets) {
    ENSURE(text.size() < max_octets && !text.contains('\0'));
    out.insert(out.end(), text.begin(), text.end());
    out.push_back(0);
}

/// Reads a body from front to back; after the first thing that is not there everything fails.
class reader {
 public:
    explicit reader(base::byte_view in) : in_(in) {}
    std::uint8_t u8() {
        if (in_.empty()) return fail();
        const auto out = in_[0];
        in_ = in_.subspan(1);
        return out;
    }
    std::uint16_t u16() {
        const auto high = u8();
        return static_cast<std::uint16_t>(high << 8 | u8());
    }
    std::string text(std::size_t max_octets) {
        const auto window = in_.first(std::min(in_.size(), max_octets));
        const auto end = std::ranges::find(window, std::uint8_t{0});
        if (end == window.end()) {
            fail();
            return {};
        }
        const auto size = static_cast<std::size_t>(end - window.begin());
        std::string out(base::text(in_.first(size)));
        in_ = in_.subspan(size + 1);
        return out;
    }
    base::bytes octets(std::size_t count) {
        if (in_.size() < count) {
            fail();
            return {};
        }
        const auto part = in_.first(count);
        in_ = in_.subspan(count);
        return {part.begin(), part.end()};
    }
    bool good() const { return good_; }
    bool at_end() const { return in_.empty(); }

 private:
    std::uint8_t fail() {
        good_ = false;
        in_ = {};
        return 0;
    }
    base::byte_view in_;
    bool good_ = true;
};

void put_address(base::bytes& out, const smpp_address& a) {
    out.push_back(a.ton);
    out.push_back(a.npi);
    put_text(out, a.digits, 21);
}

smpp_address read_address(reader& in) {
    smpp_address out;
    out.ton = in.u8();
    out.npi = in.u8();
    out.digits = in.text(21);
    return out;
}

const smpp_tlv* find_tlv(const smpp_message& in, std::uint16_t tag) {
    const auto found = std::ranges::find(in.extra, tag, &smpp_tlv::tag);
    return found == in.extra.end() ? nullptr : &*found;
}

bool is_message_id(std::string_view id) {
    return !id.empty() && id.size() <= message_id_max &&
           std::ranges::all_of(id, [](char c) { return c > 0x20 && c < 0x7f; });
}

/// §5.2.28, in the words of appendix B.
std::string_view state_word(std::uint8_t state) {
    constexpr std::array<std::string_view, 9> words{"SCHEDULED", "ENROUTE", "DELIVRD", "EXPIRED", "DELETED",
                                                    "UNDELIV",   "ACCEPTD", "UNKNOWN", "REJECTD"};
    return state < words.size() ? words[state] : "UNKNOWN";
}

bool is_final_state(std::string_view word) { return word != "SCHEDULED" && word != "ENROUTE" && word != "ACCEPTD"; }

/// "name:value" up to the next space; names in any case.
std::string_view field(std::string_view text, std::string_view name) {
    const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
    for (std::size_t from = 0; from < text.size();) {
        const auto found = std::ranges::search(text.substr(from), name, same);
        if (found.empty()) return {};
        const auto at = from + static_cast<std::size_t>(found.begin() - text.substr(from).begin());
        if (at == 0 || text[at - 1] == ' ') {
            const auto value = text.substr(at + name.size());
            return value.substr(0, value.find(' '));
        }
        from = at + 1;
    }
    return {};
}

}  // namespace

result<std::optional<smpp_pdu>> take_smpp_pdu(base::bytes& buffer) {
    if (buffer.size() < header_octets) return std::optional<smpp_pdu>();
    const auto length = u32_at(buffer, 0);
    if (length < header_octets || length > pdu_octets_max)
        return base::refuse(base::code::peer_garbled, "The SMSC sent something that is not SMPP.");
    if (buffer.size() < length) return std::optional<smpp_pdu>();
    const auto end = buffer.begin() + static_cast<std::ptrdiff_t>(length);
    smpp_pdu out{static_cast<smpp_command>(u32_at(buffer, 4)), static_cast<smpp_status>(u32_at(buffer, 8)),
                 u32_at(buffer, 12), base::bytes(buffer.begin() + header_octets, end)};
    buffer.erase(buffer.begin(), end);
    return std::optional(std::move(out));
}

base::bytes encode_smpp(smpp_command command, smpp_status status, std::uint32_t sequence, base::byte_view body) {
    base::bytes out;
    out.reserve(header_octets + body.size());
    put_u32(out, static_cast<std::uint32_t>(header_octets + body.size()));
    put_u32(out, static_cast<std::uint32_t>(command));
    put_u32(out, static_cast<std::uint32_t>(status));
    put_u32(out, sequence);
    out.insert(out.end(), body.begin(), body.end());
    return out;
}

base::bytes encode_bind(const smpp_bind& what) {
    base::bytes out;
    put_text(out, what.system_id, 16);
    put_text(out, what.password, 9);
    put_text(out, what.system_type, 13);
    out.insert(out.end(), {what.version, 0, 0, 0});  // interface version, TON, NPI, an empty address range
    return out;
}

smpp_address address_of(std::string_view text) {
    if (text.starts_with('+')) return {1, 1, std::string(text.substr(1))};
    const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    return digits ? smpp_address{3, 0, std::string(text)} : smpp_address{5, 0, std::string(text)};
}

base::bytes encode_message(const smpp_message& what) {
    ENSURE(what.text.size() <= 254);
    base::bytes out;
    put_text(out, "", 6);  // service_type
    put_address(out, what.from);
    put_address(out, what.to);
    out.push_back(what.esm_class);
    out.insert(out.end(), {0, 0});  // protocol id, priority
    out.insert(out.end(), {0, 0});  // deliver at once, the SMSC's own validity
    out.push_back(what.registered_delivery);
    out.push_back(0);  // replace nothing
    out.push_back(what.data_coding);
    out.push_back(0);  // no canned message
    out.push_back(static_cast<std::uint8_t>(what.text.size()));
    out.insert(out.end(), what.text.begin(), what.text.end());
    for (const auto& tlv : what.extra) {
        put_u16(out, tlv.tag);
        put_u16(out, static_cast<std::uint16_t>(tlv.value.size()));
        out.insert(out.end(), tlv.value.begin(), tlv.value.end());
    }
    return out;
}

std::optional<smpp_message> decode_message(base::byte_view body) {
    reader in(body);
    smpp_message out;
    in.text(6);
    out.from = read_address(in);
    out.to = read_address(in);
    out.esm_class = in.u8();
    in.octets(2);
    in.text(17);
    in.text(17);
    out.registered_delivery = in.u8();
    in.u8();
    out.data_coding = in.u8();
    in.u8();
    out.text = in.octets(in.u8());
    while (in.good() && !in.at_end()) {
        smpp_tlv tlv;
        tlv.tag = in.u16();
        tlv.value = in.octets(in.u16());
        if (in.good()) out.extra.push_back(std::move(tlv));
    }
    if (!in.good()) return std::nullopt;
    return out;
}

std::optional<std::string> decode_message_id(base::byte_view body) {
    reader in(body);
    auto id = in.text(message_id_max + 1);
    if (!in.good() || !is_message_id(id)) return std::nullopt;
    return id;
}

submit_answer decode_submit_answer(base::byte_view body) {
    submit_answer out;
    out.message_id = decode_message_id(body).value_or("");
    const auto end = std::ranges::find(body, std::uint8_t{0});
    if (end == body.end()) return out;
    reader in(body.subspan(static_cast<std::size_t>(end - body.begin()) + 1));
    while (in.good() && !in.at_end()) {
        const auto tag = in.u16();
        const auto value = in.octets(in.u16());
        if (in.good() && tag == tlv_congestion_state && value.size() == 1 && value[0] <= 100) out.congestion = value[0];
    }
    return out;
}

std::optional<delivery_receipt> receipt_from_text(std::string_view text) {
    const auto id = field(text, "id:");
    auto word = field(text, "stat:").substr(0, 16);
    if (!is_message_id(id) || !is_message_id(word)) return std::nullopt;
    return delivery_receipt{std::string(id), std::string(word), is_final_state(word)};
}

std::optional<delivery_receipt> unmarked_receipt(const smpp_message& delivered) {
    const auto text = base::text(delivered.text);
    constexpr std::string_view others[] = {"sub:", "dlvrd:", "submit date:", "done date:"};
    const auto found = std::ranges::count_if(others, [&](std::string_view name) { return !field(text, name).empty(); });
    if (found < 2) return std::nullopt;
    return receipt_from_text(text);
}

std::optional<delivery_receipt> receipt_of(const smpp_message& delivered, std::uint16_t id_tag) {
    // Some mark their receipts by the parameters alone.
    const bool by_parameters =
        find_tlv(delivered, tlv_receipted_message_id) != nullptr && find_tlv(delivered, tlv_message_state) != nullptr;
    if ((delivered.esm_class & esm_type_mask) != esm_type_receipt && !by_parameters) return std::nullopt;
    const auto* payload = find_tlv(delivered, tlv_message_payload);
    const auto& raw = delivered.text.empty() && payload != nullptr ? payload->value : delivered.text;
    auto out = receipt_from_text(base::text(raw));
    // The TLVs win: the text's form is the vendor's own (appendix B), and some write the id there in another base.
    const auto* own = id_tag == 0 ? nullptr : find_tlv(delivered, id_tag);
    if (const auto* id = own != nullptr ? own : find_tlv(delivered, tlv_receipted_message_id)) {
        const auto text = base::text(id->value);
        const auto name = text.substr(0, text.find('\0'));
        if (is_message_id(name)) {
            if (!out) out = delivery_receipt{"", "UNKNOWN", true};
            out->message_id = name;
        }
    }
    if (const auto* state = find_tlv(delivered, tlv_message_state);
        state != nullptr && out && state->value.size() == 1) {
        out->outcome = state_word(state->value[0]);
        out->is_final = is_final_state(out->outcome);
    }
    return out;
}

}  // namespace keepline::link
