#include "link/hlr_text.hpp"

#include <algorithm>

namespace keepline::link {

namespace {

/// Up to the next space, which is dropped.
std::string_view take_word(std::string_view& text) {
    const auto end = text.find(' ');
    const auto word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return word;
}

std::string without_telnet(base::byte_view raw) {
    constexpr std::uint8_t iac = 0xff;
    std::string out;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == iac && i + 1 < raw.size()) {
            i += raw[i + 1] >= 0xfb ? 2 : 1;  // WILL, WONT, DO, DONT name an option
        } else if (raw[i] != '\r' && raw[i] != iac) {
            out += static_cast<char>(raw[i]);
        }
    }
    return out;
}

/// "OsmoHLR# ", "hlr(config)# ": a word without spaces, then > or #, then one space.
bool is_prompt(std::string_view line) {
    if (line.size() < 3 || line.size() > 80 || line.back() != ' ') return false;
    const char mark = line[line.size() - 2];
    if (mark != '>' && mark != '#') return false;
    return std::ranges::none_of(line.substr(0, line.size() - 2), [](char c) { return c <= ' ' || c == '%'; });
}

}  // namespace

std::optional<ctrl_reply> parse_ctrl_reply(std::string_view text) {
    ctrl_reply out;
    const auto verb = take_word(text);
    if (verb == "GET_REPLY") {
        out.what = ctrl_reply::verb::value;
    } else if (verb == "SET_REPLY") {
        out.what = ctrl_reply::verb::done;
    } else if (verb != "ERROR") {
        return std::nullopt;
    }
    out.id = take_word(text);
    if (out.id.empty()) return std::nullopt;
    if (out.what != ctrl_reply::verb::error) {
        out.variable = take_word(text);
        if (out.variable.empty()) return std::nullopt;
    }
    out.text = text;
    return out;
}

std::optional<hlr_subscriber> parse_ctrl_info(std::string_view value) {
    hlr_subscriber out;
    bool has_cs = false;
    bool has_ps = false;
    while (!value.empty()) {
        const auto end = value.find('\n');
        const auto line = value.substr(0, end);
        value.remove_prefix(end == std::string_view::npos ? value.size() : end + 1);
        const auto tab = line.find('\t');
        if (tab == std::string_view::npos) continue;
        const auto name = line.substr(0, tab);
        const auto is = line.substr(tab + 1);
        if (name == "imsi") out.imsi = is;
        if (name == "msisdn" && is != "none") out.msisdn = is;
        // Anything but a plain 0 counts as service, so that a strange answer never passes for a bar.
        if (name == "nam_cs") out.cs = is != "0", has_cs = true;
        if (name == "nam_ps") out.ps = is != "0", has_ps = true;
    }
    if (out.imsi.empty() || !has_cs || !has_ps) return std::nullopt;
    return out;
}

std::optional<hlr_auth> parse_ctrl_auth(std::string_view value) {
    const auto take = [&] {
        const auto end = value.find(',');
        std::string field(value.substr(0, end));
        value.remove_prefix(end == std::string_view::npos ? value.size() : end + 1);
        return field;
    };
    const auto lower = [](std::string text) {
        for (auto& c : text)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
        return text;
    };
    hlr_auth out;
    out.algorithm = take();
    out.k = lower(take());
    const auto kind = take();
    out.opc = lower(take());
    if (out.k.empty() || out.opc.empty() || kind != "OPC") return std::nullopt;
    return out;
}

std::string ctrl_auth_text(const hlr_auth& keys) { return keys.algorithm + "," + keys.k + ",OPC," + keys.opc; }

std::optional<vty_answer> take_vty_answer(base::bytes& buffer) {
    // Every prompt ends like this; looking at the last byte first keeps a slow flood from costing more than it should.
    if (buffer.empty() || buffer.back() != ' ') return std::nullopt;
    const auto text = without_telnet(buffer);
    const auto last_break = text.rfind('\n');
    const auto prompt_at = last_break == std::string::npos ? 0 : last_break + 1;
    const auto prompt = std::string_view(text).substr(prompt_at);
    if (!is_prompt(prompt)) return std::nullopt;
    vty_answer out;
    out.enabled = prompt[prompt.size() - 2] == '#';
    const auto echo_end = text.find('\n');
    if (echo_end != std::string::npos && echo_end + 1 < prompt_at)
        out.text = text.substr(echo_end + 1, prompt_at - echo_end - 1);
    buffer.clear();
    return out;
}

int vty_clients_named(const vty_answer& answer, std::string_view name) {
    const auto wanted = "'" + std::string(name) + "' from ";
    int out = 0;
    for (auto at = answer.text.find(wanted); at != std::string::npos; at = answer.text.find(wanted, at + 1)) ++out;
    return out;
}

bool vty_says_unknown_subscriber(const vty_answer& answer) { return answer.text.starts_with("% No subscriber for"); }

bool vty_says_error(const vty_answer& answer) { return answer.text.starts_with("%"); }

}  // namespace keepline::link
