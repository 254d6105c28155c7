#pragma once
// One type for every byte stream we serve: TCP and Unix sockets (one generic socket), with room for a TLS layer. It has
// what Asio and Beast ask of an AsyncStream, so code above never knows the transport. Only files that move bytes
// include this header; everybody else passes it along by its forward declaration.
#include <algorithm>
#include <array>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace duotty::net {

namespace asio = boost::asio;

/// A layer that transforms the bytes of a socket (TLS). Its functions have the contract of AsyncStream.
class StreamLayer {
 public:
  using Handler = asio::any_completion_handler<void(boost::system::error_code, std::size_t)>;
  virtual ~StreamLayer() = default;
  virtual void read_some(asio::mutable_buffer buffer, Handler handler) = 0;
  virtual void write_some(asio::const_buffer buffer, Handler handler) = 0;
};

/// A connected stream. Moving one with operations under way is not allowed. Loop thread only.
class AnyStream {
 public:
  using socket_type = asio::generic::stream_protocol::socket;
  using executor_type = asio::any_io_executor;
  /// Beast asks for the lowest layer; this is it.
  using lowest_layer_type = AnyStream;

  explicit AnyStream(socket_type socket) : socket_(std::move(socket)) {}
  AnyStream(AnyStream&&) = default;
  AnyStream& operator=(AnyStream&&) = default;

  executor_type get_executor() { return socket_.get_executor(); }
  lowest_layer_type& lowest_layer() noexcept { return *this; }
  socket_type& socket() noexcept { return socket_; }
  bool is_open() const noexcept { return socket_.is_open(); }

  /// Puts bytes back: the next reads return them first.
  void unread(std::string bytes) {
    if (returned_at_ < returned_.size()) bytes.append(returned_, returned_at_);
    returned_ = std::move(bytes);
    returned_at_ = 0;
  }
  /// Puts a layer between the socket and the user. The layer must use this object's socket.
  void set_layer(std::unique_ptr<StreamLayer> layer) { layer_ = std::move(layer); }

  /// Reads at least one byte. Signature void(error_code, size_t).
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto handler, const Buffers& target) {
          if (returned_at_ < returned_.size()) {
            const std::size_t count = asio::buffer_copy(target, asio::buffer(returned_) + returned_at_);
            returned_at_ += count;
            if (returned_at_ == returned_.size()) returned_ = {}, returned_at_ = 0;
            auto executor = asio::get_associated_executor(handler, socket_.get_executor());
            asio::post(executor,
                       [h = std::move(handler), count]() mutable { std::move(h)(boost::system::error_code{}, count); });
          } else if (layer_) {
            layer_->read_some(first<asio::mutable_buffer>(target), StreamLayer::Handler(std::move(handler)));
          } else {
            socket_.async_read_some(target, std::move(handler));
          }
        },
        token, buffers);
  }

  /// Writes at least one byte; gathers all buffers in one system call. Signature void(error_code, size_t).
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto handler, const Buffers& source) {
          if (layer_) {
            layer_->write_some(first<asio::const_buffer>(source), StreamLayer::Handler(std::move(handler)));
          } else {
            socket_.async_write_some(source, std::move(handler));
          }
        },
        token, buffers);
  }

  /// Ends our direction: the peer reads end of file. Never fails.
  void shutdown_send() noexcept {
    boost::system::error_code ignored;
    socket_.shutdown(socket_type::shutdown_send, ignored);
  }
  /// Closes at once; operations under way end with operation_aborted. Never fails.
  void close() noexcept {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  template <class Buffer, class Buffers>
  static Buffer first(const Buffers& buffers) {
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto it = asio::buffer_sequence_begin(buffers); it != end; ++it) {
      const Buffer buffer = *it;
      if (buffer.size() != 0) return buffer;
    }
    return {};
  }

  socket_type socket_;
  std::string returned_;
  std::size_t returned_at_ = 0;
  std::unique_ptr<StreamLayer> layer_;
};

}  // namespace duotty::net
