#pragma once
// One type for every byte stream we serve: TCP and Unix sockets (one generic socket), with or without a TLS layer. It has
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

/// A layer that transforms the bytes of a socket (TLS), which it owns. Its functions have the contract of AsyncStream.
class StreamLayer {
 public:
  using Socket = asio::generic::stream_protocol::socket;
  using Handler = asio::any_completion_handler<void(boost::system::error_code, std::size_t)>;
  /// A few buffers to be written together; the rest of a longer sequence is left for the next write.
  class Gathered {
   public:
    static constexpr std::size_t most = 4;
    void add(asio::const_buffer buffer) {
      if (count_ < most && buffer.size() != 0) buffers_[count_++] = buffer;
    }
    const asio::const_buffer* begin() const noexcept { return buffers_.data(); }
    const asio::const_buffer* end() const noexcept { return buffers_.data() + count_; }

   private:
    std::array<asio::const_buffer, most> buffers_;
    std::size_t count_ = 0;
  };
  virtual ~StreamLayer() = default;
  virtual Socket& socket() noexcept = 0;
  virtual void read_some(asio::mutable_buffer buffer, Handler handler) = 0;
  virtual void write_some(const Gathered& buffers, Handler handler) = 0;
};

/// A connected stream. Moving one with operations under way is not allowed. Loop thread only.
class AnyStream {
 public:
  using socket_type = StreamLayer::Socket;
  using executor_type = asio::any_io_executor;
  /// Beast asks for the lowest layer; this is it.
  using lowest_layer_type = AnyStream;

  explicit AnyStream(socket_type socket) : socket_(std::move(socket)) {}
  AnyStream(AnyStream&&) = default;
  AnyStream& operator=(AnyStream&&) = default;

  executor_type get_executor() { return socket_.get_executor(); }
  lowest_layer_type& lowest_layer() noexcept { return *this; }
  socket_type& socket() noexcept { return layer_ ? layer_->socket() : socket_; }
  bool is_open() const noexcept { return layer_ ? layer_->socket().is_open() : socket_.is_open(); }

  /// Puts bytes back: the next reads return them first.
  void unread(std::string bytes) {
    if (returned_at_ < returned_.size()) bytes.append(returned_, returned_at_);
    returned_ = std::move(bytes);
    returned_at_ = 0;
  }
  /// Puts a layer between the socket and the user. The layer has taken this object's socket.
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
            layer_->read_some(first(target), StreamLayer::Handler(std::move(handler)));
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
            StreamLayer::Gathered gathered;
            const auto end = asio::buffer_sequence_end(source);
            for (auto it = asio::buffer_sequence_begin(source); it != end; ++it) gathered.add(*it);
            layer_->write_some(gathered, StreamLayer::Handler(std::move(handler)));
          } else {
            socket_.async_write_some(source, std::move(handler));
          }
        },
        token, buffers);
  }

  /// Ends our direction: the peer reads end of file. Never fails.
  void shutdown_send() noexcept {
    boost::system::error_code ignored;
    socket().shutdown(socket_type::shutdown_send, ignored);
  }
  /// Closes at once; operations under way end with operation_aborted. Never fails.
  void close() noexcept {
    boost::system::error_code ignored;
    socket().close(ignored);
  }

 private:
  template <class Buffers>
  static asio::mutable_buffer first(const Buffers& buffers) {
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto it = asio::buffer_sequence_begin(buffers); it != end; ++it) {
      const asio::mutable_buffer buffer = *it;
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
