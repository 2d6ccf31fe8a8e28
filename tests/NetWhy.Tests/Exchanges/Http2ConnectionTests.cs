using System.Buffers.Binary;
using System.Text;
using NetWhy.Exchanges;
using NetWhy.Wire.Http;
using Xunit;

namespace NetWhy.Tests.Exchanges;

/// <summary>What a peer of HTTP/2 may say, and what it may not. Source: RFC 9113; what nghttp2 makes of the same.</summary>
public sealed class Http2ConnectionTests : IHttp2Receiver
{
    private readonly List<(string Name, string Value)> _fields = [];
    private readonly Http2Connection _connection = new(65_535, []);

    public Http2ConnectionTests() =>
        _connection.Request([(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "h")], endsStream: true, this);

    // RFC 7541, section 5.2: what is longer in Huffman's code goes as it is. The codes are those of its appendix C.
    [Theory]
    [InlineData("custom-key", "custom-value", "008825a849e95ba97d7f8925a849e95bb8e8b4bf")]
    [InlineData("custom-key", "\\\\\\", "008825a849e95ba97d7f035c5c5c")]
    public void A_field_is_coded_where_that_is_shorter(string name, string value, string block)
    {
        var connection = new Http2Connection(65_535, []);
        connection.Sent(connection.Output.Length);
        connection.Request([(name, value)], endsStream: true, this);

        Assert.Equal(block, Convert.ToHexStringLower(connection.Output.Span[Http2Frame.HeaderLength..]));
    }

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
    public void Answers_that_leave_the_order_and_bodies_that_alternate_are_counted()
    {
        Http2Stream first = _connection.Current!;
        Http2Stream second = _connection.Request([(":method", "GET")], endsStream: true, this);
        _connection.Take(Headers(3, (":status", "200")));
        _connection.Take(Frame(0, 0, 3, new byte[10]));
        _connection.Take(Headers(1, (":status", "200"))); // amid the body of 3
        _connection.Take(Frame(0, 1, 3, new byte[10])); // before 1 is whole
        Assert.Equal((false, true), (first.IsEnded, second.IsEnded));

        Http2Stream third = _connection.Request([(":method", "GET")], endsStream: true, this);
        _connection.Take(Frame(3, 0, 5, [0, 0, 0, 7]));
        _connection.Take(Frame(0, 1, 1, new byte[10]));
        Assert.Equal((true, 7u, 0), (third.IsEnded, third.ResetCode, _connection.Open));
        Assert.Equal((2, 1, 1), (_connection.MostOpen, _connection.Overtakes, _connection.Interleaves));
    }

    [Theory]
    [InlineData(0, 0, 1)] // DATA without octets
    [InlineData(0, 0, 9, 1)] // of a stream that is none
    [InlineData(4, 1, 0)] // acknowledged SETTINGS
    [InlineData(8, 0, 0, 0, 0, 0, 1)] // WINDOW_UPDATE
    [InlineData(77, 0, 0, 1)] // a type that nobody knows
    public void Frames_that_bring_no_request_on_come_to_an_end(byte type, byte flags, int stream, params int[] payload)
    {
        _connection.Take(Headers(1, (":status", "200")));
        byte[] frame = Frame(type, flags, stream, [.. payload.Select(octet => (byte)octet)]);
        for (int i = 0; i < 9_000; i++)
            _connection.Take(frame);
        _connection.Take(Frame(0, 0, 1, [1]));
        for (int i = 0; i < 9_000; i++)
            _connection.Take(frame);
        Assert.Null(_connection.Fault);

        for (int i = 0; i < 2_000; i++)
            _connection.Take(frame);
        Assert.Equal("frames come without end, and none of them is of an answer", _connection.Fault);
    }

    [Fact]
    public void Answers_in_the_order_of_the_requests_are_none_of_them()
    {
        _connection.Request([(":method", "GET")], endsStream: true, this);
        foreach (int stream in (int[])[1, 3])
        {
            _connection.Take(Headers(stream, (":status", "200")));
            _connection.Take(Frame(0, 0, stream, new byte[10]));
            _connection.Take(Frame(0, 1, stream, []));
        }

        Assert.Equal((0, 0, 0), (_connection.Overtakes, _connection.Interleaves, _connection.Open));
    }

    [Fact]
    public void A_request_that_is_given_up_is_reset_and_hears_no_more()
    {
        _connection.Sent(_connection.Output.Length);
        _connection.Cancel(_connection.Current!);
        _connection.Take(Headers(1, (":status", "200")));

        Assert.Equal(Frame(3, 0, 1, [0, 0, 0, 8]), _connection.Output.ToArray()); // CANCEL: RFC 9113, section 7
        Assert.Empty(_fields);
    }

    // 65,535 octets may come; the window is widened once half of them did, which the peer knows a round trip later.
    [Theory]
    [InlineData(65_535, 100.0, 1)]
    [InlineData(65_535, null, 0)] // it was not waited for
    [InlineData(65_535, 0.0, 0)] // it could go on, and did not
    [InlineData(65_534, 100.0, 0)]
    public void A_body_that_stops_where_the_window_ends_has_waited_for_it(int octets, double? roundTrip, int stops)
    {
        _connection.Take(Headers(1, (":status", "200")));
        for (int left = octets; left > 0; left -= 16_384)
            _connection.Take(Frame(0, 0, 1, new byte[Math.Min(left, 16_384)]));
        if (roundTrip is { } seconds)
            _connection.NoteDrained(TimeSpan.FromSeconds(seconds));
        _connection.Take(Frame(0, 0, 1, [])); // which needs no window
        Assert.Equal(0, _connection.WindowStops);
        _connection.Take(Frame(0, 1, 1, [1]));

        Assert.Equal(stops, _connection.WindowStops);
        Assert.Equal(stops > 0, _connection.WindowWait > TimeSpan.Zero);
    }

    [Fact]
    public void The_rest_behind_a_body_that_was_ended_is_no_wait_for_the_window()
    {
        _connection.Take(Headers(1, (":status", "200")));
        for (int left = 65_535; left > 0; left -= 16_384)
            _connection.Take(Frame(0, 0, 1, new byte[Math.Min(left, 16_384)]));
        _connection.NoteDrained(TimeSpan.FromSeconds(100));
        _connection.Take(Frame(3, 0, 1, [0, 0, 0, 2]));
        _connection.NoteDrained(TimeSpan.FromSeconds(100));
        _connection.Request([(":method", "GET")], endsStream: true, this);
        _connection.Take(Headers(3, (":status", "200")));
        _connection.Take(Frame(0, 1, 3, [1]));

        Assert.Equal(0, _connection.WindowStops);
    }

    [Fact]
    public void A_window_is_widened_by_what_was_used_of_it()
    {
        _connection.Sent(_connection.Output.Length);
        _connection.Take(Headers(1, (":status", "200")));
        _connection.Take(Frame(0, 0, 1, new byte[16_384]));
        _connection.Take(Frame(0, 0, 1, new byte[16_383]));
        Assert.True(_connection.Output.IsEmpty);

        _connection.Take(Frame(0, 0, 1, new byte[1]));
        Assert.Equal([.. Frame(8, 0, 0, [0, 0, 0x80, 0]), .. Frame(8, 0, 1, [0, 0, 0x80, 0])], _connection.Output.ToArray());
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
