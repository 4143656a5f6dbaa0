// The customers' SMS: an SMSC that accepts everything, reports it delivered, and keeps the newest code that each number
// was sent. One thread.
#pragma once

#include "link/smpp_pdu.hpp"

#include <memory>
#include <string>
#include <unordered_map>

#include <boost/asio.hpp>

namespace keepline::bench {

class smsc {
 public:
    smsc(boost::asio::io_context& io, std::uint16_t port);

    /// The code, once it has come; it is forgotten here. Empty after half a minute.
    boost::asio::awaitable<std::string> code_for(std::string number);
    long messages() const { return messages_; }

 private:
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket from);
    void answer(const link::smpp_pdu& what, base::bytes& out);
    void take(const link::smpp_message& message, std::uint32_t sequence, base::bytes& out);

    boost::asio::ip::tcp::acceptor acceptor_;
    std::unordered_map<std::string, std::string> codes_;  // by the number's digits
    std::unordered_map<std::string, boost::asio::steady_timer*> waiting_;
    long messages_ = 0;
    std::uint32_t sequence_ = 0;
};

}  // namespace keepline::bench
