using System.Buffers.Binary;
using NetWhy.Tests.Capture;

namespace NetWhy.Tests.Analysis;

/// <summary>Captures of TCP conversations that go every way they can: loss, reordering, probes, reused ports, sequence numbers that wrap. By seed, so that each can be made again.</summary>
internal sealed class RandomConversations
{
    private readonly Random _random;
    private readonly Stream _file;
    private readonly double _damaged;
    private long _microseconds = 1_600_000_000_000_000;

    private RandomConversations(int seed, Stream file, double damaged = 0)
    {
        _damaged = damaged;
        _random = new Random(seed);
        _file = file;
    }

    private sealed class Peer
    {
        internal uint Sequence;
        internal uint Acknowledged;
        internal uint Highest;
        internal ushort Window = 8192;
        internal int Scale = -1;
        internal List<(uint Sequence, int Length)> Sent { get; } = [];
    }

    /// <summary>Writes a capture.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="seed">Which one.</param>
    /// <param name="connections">How many connections.</param>
    /// <param name="damaged">Share of the packets of which a bit of the TCP header is wrong, from the sequence number to the window.</param>
    internal static void Write(string path, int seed, int connections, double damaged = 0)
    {
        using FileStream file = File.Create(path);
        var walk = new RandomConversations(seed, file, damaged);
        PcapHeader.Write(walk._file);
        for (int connection = 0; connection < connections; connection++)
            walk.Connect((ushort)(2000 + (connection % Math.Max(1, connections * 4 / 5))));
    }

    /// <summary>Writes a capture of data that was sent before its first acknowledgment was captured, so that relative numbers wrap, and is acknowledged piece by piece.</summary>
    /// <param name="path">Where to.</param>
    internal static void WriteWrapped(string path)
    {
        const byte Ack = 0x10;
        const ushort Port = 2000;
        using FileStream file = File.Create(path);
        var walk = new RandomConversations(seed: 1, file);
        PcapHeader.Write(walk._file);
        var sender = new Peer { Acknowledged = 5000 };
        var receiver = new Peer { Acknowledged = 1001 };
        walk.Send(Port, receiver, sender, isClient: false, Ack, 5000, 1);
        walk.Send(Port, sender, receiver, isClient: true, Ack, 991, 5);
        walk.Send(Port, sender, receiver, isClient: true, Ack, 996, 20);
        Acknowledge(996);
        walk.Send(Port, sender, receiver, isClient: true, Ack, 1016, 10);
        Acknowledge(1016);
        Acknowledge(1026);

        void Acknowledge(uint number)
        {
            receiver.Acknowledged = number;
            walk.Send(Port, receiver, sender, isClient: false, Ack, 5001, 1);
        }
    }

    private void Connect(ushort port)
    {
        Peer client = NewPeer();
        Peer server = NewPeer();
        Peer[] peers = [client, server];
        if (_random.Next(10) > 0)
            Handshake(port, client, server);
        int steps = _random.Next(5, 60);
        for (int step = 0; step < steps; step++)
        {
            int side = _random.Next(2);
            Step(port, peers[side], peers[1 - side], isClient: side == 0);
        }

        if (_random.Next(3) > 0)
            Send(port, client, server, isClient: true, _random.Next(2) == 0 ? (byte)0x11 : (byte)0x14, client.Sequence, 0);
    }

    private Peer NewPeer()
    {
        uint start = _random.Next(4) == 0 ? uint.MaxValue - (uint)_random.Next(3000) : (uint)_random.NextInt64(uint.MaxValue);
        return new Peer { Sequence = start, Highest = start };
    }

    private void Handshake(ushort port, Peer client, Peer server)
    {
        client.Scale = _random.Next(3) == 0 ? -1 : _random.Next(0, 10);
        server.Scale = _random.Next(3) == 0 ? -1 : _random.Next(0, 10);
        Send(port, client, server, isClient: true, 0x02, client.Sequence, 0);
        if (_random.Next(8) == 0)
            Send(port, client, server, isClient: true, 0x02, client.Sequence, 0);
        client.Sequence++;
        server.Acknowledged = client.Sequence;
        Send(port, server, client, isClient: false, 0x12, server.Sequence, 0);
        server.Sequence++;
        client.Acknowledged = server.Sequence;
        client.Highest = client.Sequence;
        server.Highest = server.Sequence;
        Send(port, client, server, isClient: true, 0x10, client.Sequence, 0);
    }

    private void Step(ushort port, Peer sender, Peer receiver, bool isClient)
    {
        switch (_random.Next(16))
        {
            case < 5: // new data, which may be lost before it is captured
                int length = _random.Next(4) == 0 ? 1 : _random.Next(1, 1461);
                if (_random.Next(8) > 0)
                    Send(port, sender, receiver, isClient, _random.Next(2) == 0 ? (byte)0x10 : (byte)0x18, sender.Sequence, length);
                sender.Sent.Add((sender.Sequence, length));
                sender.Sequence += (uint)length;
                break;
            case 5 or 6 when sender.Sent.Count > 0: // again, in the same pieces or in others
                (uint sequence, int old) = sender.Sent[_random.Next(Math.Max(0, sender.Sent.Count - 5), sender.Sent.Count)];
                Send(port, sender, receiver, isClient, 0x10, sequence, _random.Next(3) == 0 ? _random.Next(1, 1461) : old);
                break;
            case 7 or 8 or 9: // an acknowledgment of all, or of a part
                sender.Acknowledged = _random.Next(3) == 0 && receiver.Sent.Count > 0 ? receiver.Sent[^1].Sequence : receiver.Sequence;
                Send(port, sender, receiver, isClient, 0x10, sender.Sequence, 0);
                break;
            case 10: // the same again
                for (int count = _random.Next(1, 5); count > 0; count--)
                    Send(port, sender, receiver, isClient, 0x10, sender.Sequence, 0);
                break;
            case 11: // keep-alive
                Send(port, sender, receiver, isClient, 0x10, sender.Sequence - 1, _random.Next(2));
                break;
            case 12:
                sender.Window = _random.Next(2) == 0 ? (ushort)0 : (ushort)_random.Next(1, 65_535);
                Send(port, sender, receiver, isClient, 0x10, sender.Sequence, 0);
                break;
            case 13: // a probe
                Send(port, sender, receiver, isClient, 0x10, sender.Sequence, 1);
                break;
            case 14: // fills the window
                uint room = receiver.Acknowledged + (uint)(receiver.Window << Math.Max(0, receiver.Scale)) - sender.Sequence;
                if (room is > 0 and < 20_000)
                    Send(port, sender, receiver, isClient, 0x10, sender.Sequence, (int)room);
                break;
            default:
                sender.Acknowledged = receiver.Sequence + (uint)_random.Next(1, 3000); // of what was never captured
                Send(port, sender, receiver, isClient, 0x10, sender.Sequence, 0);
                break;
        }
    }

    private void Send(ushort port, Peer sender, Peer receiver, bool isClient, byte flags, uint sequence, int length)
    {
        _microseconds += _random.Next(4) switch { 0 => _random.Next(1, 100), 1 => _random.Next(1000, 5000), 2 => _random.Next(100, 30_000), _ => _random.Next(1, 400_000) };
        bool isSyn = (flags & 0x02) != 0;
        Span<byte> options = stackalloc byte[40];
        int optionLength = 0;
        if (isSyn && sender.Scale >= 0)
        {
            options[0] = 1;
            options[1] = 3;
            options[2] = 3;
            options[3] = (byte)sender.Scale;
            optionLength = 4;
        }
        else if (!isSyn && length == 0 && _random.Next(5) == 0)
        {
            int blocks = _random.Next(1, 4);
            options[0] = 1;
            options[1] = 1;
            options[2] = 5;
            options[3] = (byte)(2 + (blocks * 8));
            for (int block = 0; block < blocks; block++)
            {
                uint left = sender.Acknowledged + (uint)_random.Next(1, 3000);
                BinaryPrimitives.WriteUInt32BigEndian(options[(4 + (block * 8))..], left);
                BinaryPrimitives.WriteUInt32BigEndian(options[(8 + (block * 8))..], left + (uint)_random.Next(1, 2000));
            }

            optionLength = 4 + (blocks * 8);
        }

        int total = 20 + 20 + optionLength + length;
        byte[] packet = new byte[total];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)total);
        packet[8] = 64;
        packet[9] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(12), isClient ? 0x0a000001u : 0x0a000002u);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(16), isClient ? 0x0a000002u : 0x0a000001u);
        Span<byte> tcp = packet.AsSpan(20);
        BinaryPrimitives.WriteUInt16BigEndian(tcp, isClient ? port : (ushort)9999);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], isClient ? (ushort)9999 : port);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        if ((flags & 0x10) != 0)
            BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], sender.Acknowledged);
        tcp[12] = (byte)((20 + optionLength) / 4 << 4);
        tcp[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], sender.Window);
        options[..optionLength].CopyTo(tcp[20..]);
        if (_damaged > 0 && _random.NextDouble() < _damaged)
            tcp[_random.Next(4, 16)] ^= (byte)(1 << _random.Next(8));
        Span<byte> record = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)(_microseconds / 1_000_000));
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], (uint)(_microseconds % 1_000_000));
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], (uint)total);
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], (uint)total);
        _file.Write(record);
        _file.Write(packet);
    }
}
