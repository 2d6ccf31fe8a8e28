using System.Buffers.Binary;
using System.Text;
using NetWhy.Exchanges;
using Xunit;

namespace NetWhy.Tests.Exchanges;

/// <summary>What a peer of HTTP/2 may say, and what it may not. Source: RFC 9113; what nghttp2 makes of the same.</summary>
public sealed class Http2ConnectionTests : IHttp2Receiver
{
    private readonly List<(string Name, string Value)> _fields = [];
    private readonly Http2Connection _connection = new(65_535, []);

    public Http2ConnectionTests() =>
        _connection.Request([(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "h")], endsStream: true, this);

    [Theory]
    [InlineData("x", "a\r\nSet-Cookie: b=c")]
    [InlineData("x", "a\0b")]
    [InlineData("x", "\e]0;title\a")]
    [InlineData("x", "a\x7f")]
    [InlineData("x\r\ny", "z")]
    [InlineData("x: y", "z")]
    [InlineData("X", "upper")]
    [InlineData("", "none")]
    public void A_field_that_could_be_taken_for_another_is_left_out(string name, string value)
    {
        _connection.Take(Headers(1, (":status", "200"), (name, value), ("sound", "yes")));

        Assert.Equal([(":status", "200"), ("sound", "yes")], _fields);
        Assert.Null(_connection.ResetCode);
    }

    [Theory]
    [InlineData("connection", "close")]
    [InlineData("transfer-encoding", "chunked")]
    [InlineData(":status", "404")]
    [InlineData(":path", "/")]
    public void An_answer_that_is_malformed_ends_the_stream(string name, string value)
    {
        _connection.Take(Headers(1, (":status", "200"), (name, value)));

        Assert.Empty(_fields);
        Assert.Equal(1u, _connection.ResetCode); // PROTOCOL_ERROR
    }

    [Fact]
    public void A_status_comes_once_behind_interim_ones()
    {
        _connection.Take(Headers(1, (":status", "103"), ("link", "x")));
        _connection.Take(Headers(1, (":status", "200")));
        Assert.Null(_connection.ResetCode);

        _connection.Take(Headers(1, (":status", "200")));
        Assert.Equal(1u, _connection.ResetCode);
    }

    [Fact]
    public void A_peer_that_does_not_read_cannot_make_the_output_grow()
    {
        byte[] pings = [.. Enumerable.Repeat(Frame(6, 0, 0, new byte[8]), 900).SelectMany(frame => frame)];
        for (int i = 0; i < 1000 && _connection.Fault is null; i++)
            _connection.Take(pings);

        Assert.NotNull(_connection.Fault);
        Assert.InRange(_connection.Output.Length, 1, 5 * 1024 * 1024);
    }

    void IHttp2Receiver.TakeFields(IReadOnlyList<(string Name, string Value)> fields) => _fields.AddRange(fields);

    void IHttp2Receiver.TakeBody(ReadOnlySpan<byte> octets)
    {
        // no test sends one
    }

    private static byte[] Headers(int stream, params (string Name, string Value)[] fields)
    {
        List<byte> block = [];
        foreach ((string name, string value) in fields)
            block.AddRange([0, (byte)name.Length, .. Encoding.Latin1.GetBytes(name), (byte)value.Length, .. Encoding.Latin1.GetBytes(value)]);
        return Frame(1, 4, stream, [.. block]);
    }

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }
}
