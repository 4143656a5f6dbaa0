#include "phone/apdu_card.hpp"

#include <algorithm>

namespace keepline::phone {

namespace {

bytes status(std::uint16_t word) { return {static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)}; }

// ISO 7816-4 §5.4.1: first interindustry classes carry channels 0 to 3, further ones 4 to 19.
int channel_of(std::uint8_t cla) {
    const bool further = (cla & 0x40) != 0;
    return further ? 4 + (cla & 0x0F) : cla & 0x03;
}

}  // namespace

std::optional<apdu_card::request> apdu_card::parse(byte_view in) {
    if (in.size() < 4) return std::nullopt;
    request out{in[1], in[2], in[3], {}, 256, false, false};
    if (in.size() == 4) return out;
    const std::size_t p3 = in[4];
    if (in.size() == 5) {
        out.expected = p3 == 0 ? 256 : p3;
        out.asks_for_data = true;
        return out;
    }
    std::size_t at = 5;
    std::size_t size = p3;
    if (p3 == 0) {  // extended lengths
        if (in.size() < 7) return std::nullopt;
        out.extended = true;
        size = static_cast<std::size_t>(in[5] << 8 | in[6]);
        at = 7;
        if (in.size() == 7) {
            out.expected = size == 0 ? 65536 : size;
            out.asks_for_data = true;
            return out;
        }
    }
    if (in.size() < at + size) return std::nullopt;
    out.data = in.subspan(at, size);
    const auto rest = in.subspan(at + size);
    if (rest.size() == 1 && !out.extended) {
        out.expected = rest[0] == 0 ? 256 : rest[0];
        out.asks_for_data = true;
    } else if (rest.size() == 2 && out.extended) {
        const auto le = static_cast<std::size_t>(rest[0] << 8 | rest[1]);
        out.expected = le == 0 ? 65536 : le;
        out.asks_for_data = true;
    } else if (!rest.empty()) {
        return std::nullopt;
    }
    return out;
}

bytes apdu_card::transmit(byte_view command) {
    const auto asked = parse(command);
    if (!asked) return status(0x6700);
    const auto number = static_cast<std::size_t>(channel_of(command[0]));
    channels_[0].open = true;
    auto& on = channels_[number];
    if (!on.open) return status(0x6881);
    if (asked->instruction == 0x70) return manage_channel(*asked);
    if (asked->instruction == 0xA4) return select(on, *asked);
    if (asked->instruction == 0xAA) return status(0x9000);  // TERMINAL CAPABILITY: nothing of it matters here
    if (asked->instruction == 0xC0) return fetch(on, asked->expected);
    if (asked->instruction == 0xE2) return on.isdr ? store_data(on, *asked) : status(0x6985);
    return status(0x6D00);
}

void apdu_card::reset() {
    channels_ = {};
    inside_.reset();
}

bytes apdu_card::manage_channel(const request& asked) {
    if (asked.p1 == 0x80) return status(close_channel(asked.p2) ? 0x9000 : 0x6A86);
    if (asked.p1 != 0 || asked.p2 != 0) return status(0x6A86);
    for (std::size_t i = 1; i < channels_.size(); ++i) {
        if (channels_[i].open) continue;
        channels_[i] = {};
        channels_[i].open = true;
        return {static_cast<std::uint8_t>(i), 0x90, 0x00};
    }
    return status(0x6A81);
}

int apdu_card::open_channel(byte_view aid) {
    const auto opened = manage_channel({0x70, 0, 0, {}, 1, true, false});
    if (opened.size() != 3) return 0;
    const int number = opened[0];
    const auto selected = select(channels_[static_cast<std::size_t>(number)], {0xA4, 4, 0, aid, 256, false, false});
    if (selected[selected.size() - 2] == 0x90 || selected[selected.size() - 2] == 0x61) return number;
    close_channel(number);
    return 0;
}

bool apdu_card::close_channel(int number) {
    if (number < 1 || number >= static_cast<int>(channels_.size())) return false;
    auto& which = channels_[static_cast<std::size_t>(number)];
    const bool was_open = which.open;
    which = {};
    return was_open;
}

bytes apdu_card::select(channel& on, const request& asked) {
    on.isdr = false;
    on.waiting.clear();
    on.received.clear();
    if (asked.p1 != 0x04) return status(0x6A82);
    // A shorter AID selects as well when the ISD-R's begins with it (partial selection).
    if (asked.data.size() < 5 || asked.data.size() > isdr_aid.size() ||
        !std::equal(asked.data.begin(), asked.data.end(), isdr_aid.begin()))
        return status(0x6A82);
    on.isdr = true;
    if ((asked.p2 & 0x0C) == 0x0C) return status(0x9000);
    return answer(on, asked, inside_.fci());
}

bytes apdu_card::store_data(channel& on, const request& asked) {
    const bool last = (asked.p1 & 0x80) != 0;
    if ((asked.p1 & 0x7F) != 0x11) return status(0x6A86);
    if (asked.p2 == 0 && on.next_block != 0) {  // a new chain takes the place of one that never ended
        on.received.clear();
        on.next_block = 0;
    }
    if (asked.p2 != (on.next_block & 0xFF) || on.received.size() + asked.data.size() > max_command) {
        on.received.clear();
        on.next_block = 0;
        return status(asked.p2 == 0 ? 0x6A84 : 0x6A86);
    }
    on.waiting.clear();
    append(on.received, asked.data);
    ++on.next_block;
    if (!last) return status(0x9000);
    const auto whole = std::move(on.received);
    on.received.clear();
    on.next_block = 0;
    auto done = inside_.command(whole);
    if (done.status != 0x9000) return status(done.status);
    return answer(on, asked, std::move(done.data));
}

bytes apdu_card::answer(channel& on, const request& asked, bytes data) {
    if (data.empty()) return status(0x9000);
    on.waiting = std::move(data);
    if (asked.asks_for_data) return fetch(on, asked.expected);
    return status(static_cast<std::uint16_t>(0x6100 | (on.waiting.size() > 255 ? 0 : on.waiting.size())));
}

bytes apdu_card::fetch(channel& on, std::size_t expected) {
    if (on.waiting.empty()) return status(0x6985);
    const auto count = std::min(expected, on.waiting.size());
    bytes out(on.waiting.begin(), on.waiting.begin() + static_cast<std::ptrdiff_t>(count));
    on.waiting.erase(on.waiting.begin(), on.waiting.begin() + static_cast<std::ptrdiff_t>(count));
    const auto left = on.waiting.size();
    append(out, status(left == 0 ? 0x9000 : static_cast<std::uint16_t>(0x6100 | (left > 255 ? 0 : left))));
    return out;
}

}  // namespace keepline::phone
