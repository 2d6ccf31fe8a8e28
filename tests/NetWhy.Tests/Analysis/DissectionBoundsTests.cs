using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Capture.Files;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>What a capture may hold to hurt who reads it: lengths that lie, names that move the cursor, and messages in very many pieces.</summary>
public sealed class DissectionBoundsTests
{
    private const int EthernetSize = 14;
    private const int IpSize = 20;
    private const int TcpSize = 20;
    private const int LongestLine = 239; // Wireshark, epan/proto.h: ITEM_LABEL_LENGTH - 1
    private const int Many = 1500; // with 14 octets said of each, copied for each of them, more than there is room for

    private readonly PacketFields _fields = new(FieldCatalog.Default);
    private readonly Dissector _dissector;
    private long _passed;

    /// <summary>Begins with nothing read.</summary>
    public DissectionBoundsTests()
    {
        _fields.WantTexts();
        _dissector = new Dissector(_fields);
    }

    /// <summary>A stream of zlib may want a dictionary that nobody has: RFC 1950, section 2.2.</summary>
    [Fact]
    public void A_body_that_wants_a_dictionary_is_none_of_its_coding() =>
        Assert.Null(ContentCoding.Decompress([0x78, 0xbb, 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x00, 0xff, 0xff], "deflate"));

    [Theory]
    [InlineData(30, 82)]
    [InlineData(68, 50)] // the record says less than it has
    public void Padding_is_no_header_of_IPv6(int total, int original)
    {
        byte[] inner = new byte[48];
        inner[0] = 0x60;
        inner[5] = 8;
        inner[6] = 58;
        byte[] octets = [.. Ip(41, (ushort)total, 0, 0), .. inner];
        Assert.DoesNotContain(Read(octets, original: original), value => value.Name is "icmpv6");
    }

    [Fact]
    public void Names_of_interfaces_do_not_reach_a_terminal_as_they_are()
    {
        var named = new CaptureInterface(1, 0) { Name = "\u001b[31m\r\n", Description = "\u0007\u202e" };
        List<Shown> values = Read(Ip(17, IpSize, 0, 0), named);
        Assert.All(values, value => Assert.DoesNotContain(value.Line, letter => char.IsControl(letter) || letter == '\u202e'));
        Assert.Contains("on interface \\033[31m\\r\\n, id 0", values[0].Line, StringComparison.Ordinal);
    }

    [Fact]
    public void Pieces_are_shown_with_the_last_of_them()
    {
        List<byte[]> segments = Chunked();
        uint sequence = 1;
        foreach (byte[] segment in segments)
        {
            List<Shown> values = Read(Tcp(80, sequence, segment));
            sequence += (uint)segment.Length;
            bool isLast = segment == segments[^1];
            string[] shown = isLast ? ["Reassembled TCP", "De-chunked entity body"] : [];
            Assert.Equal(shown, _fields.Joined.Select(one => one.Name).OfType<string>());
            int head = values.FindIndex(value => value.Name is "tcp.segments");
            Assert.Equal(isLast, head >= 0);
            if (!isLast)
                continue;
            Assert.StartsWith($"{segments.Count} Reassembled TCP Segments ({sequence - 1} bytes): #1({segments[0].Length}), #2(", values[head].Line, StringComparison.Ordinal);
            Assert.Equal(segments.Count, values.Count(value => value.Name is "tcp.segment"));
            Assert.True(head < values.FindIndex(value => value.Name is "http"));
        }
    }

    [Fact]
    public void Very_many_segments_leave_room_for_what_they_carry()
    {
        uint sequence = 1;
        List<Shown> values = [];
        foreach (byte octet in Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {Many}\r\n\r\n{new string('x', Many)}"))
            values = Read(Tcp(80, sequence++, [octet]));
        Assert.Equal(0, _dissector.CutPackets);
        Assert.Contains(values, value => value.Name is "http.response.line");
        Assert.Equal(LongestLine, values.Find(value => value.Name is "tcp.segments").Line.Length);
    }

    [Fact]
    public void Very_many_fragments_leave_room_for_what_they_carry()
    {
        const ushort More = 0x2000;
        List<Shown> values = [];
        for (int place = 0; place < Many; place++)
        {
            byte[] piece = new byte[8];
            if (place == 0)
                BinaryPrimitives.WriteUInt16BigEndian(piece.AsSpan(4), Many * 8);
            values = Read([.. Ip(17, IpSize + 8, 7, (ushort)(place | (place < Many - 1 ? More : 0))), .. piece]);
        }

        Assert.Equal(0, _dissector.CutPackets);
        Assert.Equal(Many, values.Count(value => value.Name is "ip.fragment"));
        Assert.Contains(values, value => value.Name is "udp");
    }

    [Fact]
    public void Messages_of_experts_are_as_long_as_a_line()
    {
        List<Shown> values = Read(Tcp(40_000, 1, LongRequest()));
        Assert.Equal(LongestLine, values.Find(value => value.Name is "_ws.expert.message").Length);
    }

    [Fact]
    public void What_is_noted_of_pieces_is_counted_and_forgotten()
    {
        StreamPart read = Noted(), lost = Noted();
        Assert.True(read.Held >= Many * 13); // an octet, and 12 that say where it lies
        read.Forget();
        lost.GiveUp();
        Assert.Equal((0, 0), (read.Held, lost.Held));
        var datagram = new FragmentTable.Datagram(number: 0, began: 0);
        for (int place = 0; place < Many; place++)
            Assert.False(datagram.Add(1, 0, [1], isLast: false));
        Assert.True(datagram.Held >= Many * 12);

        static StreamPart Noted()
        {
            var part = new StreamPart(0, Many + 1, 1);
            for (int place = 0; place < Many; place++)
            {
                _ = part.Add(place, [1], isLast: false);
                part.Segments.Add((1, place, 1));
            }

            return part;
        }
    }

    [Fact]
    public void A_datagram_that_is_whole_is_not_kept()
    {
        var table = new FragmentTable();
        WeakReference whole = Complete(table);
        GC.Collect();
        Assert.False(whole.IsAlive);
        GC.KeepAlive(table);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Complete(FragmentTable table)
        {
            var key = new FragmentKey(default, default, 1, 17);
            Assert.Null(table.Add(key, 1, 0, 0, new byte[8], isLast: false));
            return new WeakReference(table.Add(key, 2, 0, 8, new byte[8], isLast: true)!);
        }
    }

    [Fact]
    public void Remarks_without_room_change_no_other_line()
    {
        int count;
        do
        {
            count = _fields.Values.Length;
            _fields.Add(TcpFields.SourcePort, 1, 0, 2);
        }
        while (_fields.Values.Length > count);
        _fields.Clear();
        while (_fields.Values.Length < count)
            _fields.Add(TcpFields.SourcePort, 1, 0, 2);
        _fields.Say($"its own");
        _fields.Remark(TcpFields.ConnectionReset, 0, $"another one");
        Assert.Equal("its own", Encoding.UTF8.GetString(_fields.TextOf(_fields.Last, out _)));
    }

    // Where tshark is: which packets show pieces, sizes of messages in their order, messages of experts.
    [Fact]
    public void Values_are_those_of_tshark()
    {
        FieldTable.SkipWithoutTshark();
        AssertSame([.. InTurn(80, Chunked())], "tcp.segment.count", "tcp.reassembled.length");
        AssertSame([.. InTurn(53, Queries())], "tcp.pdu.size", "tcp.segment.count");
        AssertSame([Tcp(40_000, 1, LongRequest())], "http.request.method", "_ws.expert.message");

        static IEnumerable<byte[]> InTurn(ushort source, List<byte[]> segments)
        {
            uint sequence = 1;
            foreach (byte[] segment in segments)
            {
                yield return Tcp(source, sequence, segment);
                sequence += (uint)segment.Length;
            }
        }
    }

    private static void AssertSame(byte[][] packets, params string[] fields)
    {
        string path = Path.GetTempFileName();
        try
        {
            using (FileStream file = File.Create(path))
            {
                PcapHeader.Write(file, linkType: 1, snapLength: 262_144);
                Span<byte> record = stackalloc byte[16];
                foreach (byte[] packet in packets)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(record[8..], packet.Length);
                    BinaryPrimitives.WriteInt32LittleEndian(record[12..], packet.Length);
                    file.Write(record);
                    file.Write(packet);
                }
            }

            string[] all = ["frame.number", .. fields];
            Assert.Equal(FieldTable.OfTshark(path, all), FieldTable.OfNetwhy(path, all));
        }
        finally
        {
            File.Delete(path);
        }
    }

    // A segment for each chunk.
    private static List<byte[]> Chunked() =>
    [
        Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        .. Enumerable.Repeat(0, 20).Select(_ => Encoding.ASCII.GetBytes("3\r\nabc\r\n")),
        Encoding.ASCII.GetBytes("0\r\n\r\n"),
    ];

    // A beginning, then its rest with two whole ones behind it.
    private static List<byte[]> Queries()
    {
        byte[] messages = [.. Query("a"), .. Query("bb"), .. Query("ccc")];
        return [messages[..9], messages[9..]];

        static byte[] Query(string name) =>
            [0, (byte)(18 + name.Length), 0, (byte)name.Length, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), 0, 0, 1, 0, 1];
    }

    private static byte[] LongRequest() => Encoding.ASCII.GetBytes($"GET /{new string('y', 1000)} HTTP/1.1\r\n\r\n");

    private List<Shown> Read(byte[] octets, CaptureInterface? passed = null, int? original = null)
    {
        DissectedPacket packet = _dissector.Read(new PacketRecord(_passed++ * 1000, passed ?? new CaptureInterface(1, 0), octets, (uint)(original ?? octets.Length)));
        var values = new List<Shown>();
        var line = new ArrayBufferWriter<byte>();
        for (int place = 0; place < packet.Values.Length; place++)
        {
            line.ResetWrittenCount();
            FieldLine.Write(line, packet, place);
            FieldValue value = packet.Values[place];
            values.Add(new Shown(FieldCatalog.Default.All[value.FieldIndex].Name, Encoding.UTF8.GetString(line.WrittenSpan), packet.OctetsOf(value).Length));
        }

        return values;
    }

    private static byte[] Ip(byte protocol, ushort total, ushort identification, ushort fragment)
    {
        byte[] octets = new byte[EthernetSize + IpSize];
        octets[12] = 8;
        Span<byte> ip = octets.AsSpan(EthernetSize);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], total);
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], identification);
        BinaryPrimitives.WriteUInt16BigEndian(ip[6..], fragment);
        ip[8] = 64;
        ip[9] = protocol;
        ip[12] = ip[16] = 10;
        ip[15] = 1;
        ip[19] = 2;
        return octets;
    }

    private static byte[] Tcp(ushort source, uint sequence, byte[] data)
    {
        byte[] tcp = new byte[TcpSize];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, source);
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(2), source == 40_000 ? (ushort)80 : (ushort)40_000);
        BinaryPrimitives.WriteUInt32BigEndian(tcp.AsSpan(4), sequence);
        tcp[11] = 1;
        tcp[12] = 0x50;
        tcp[13] = 0x10;
        tcp[14] = 0xff;
        return [.. Ip(6, (ushort)(IpSize + TcpSize + data.Length), 0, 0), .. tcp, .. data];
    }

    private readonly record struct Shown(string Name, string Line, int Length);
}
