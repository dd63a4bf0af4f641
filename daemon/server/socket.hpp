// The socket of one connection, and the strand in which all steps of the connection run.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/error_code.hpp>

namespace riskd::server {

using Code = boost::system::error_code;
using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
using Socket = boost::asio::basic_stream_socket<boost::asio::local::stream_protocol, Strand>;

}  // namespace riskd::server
