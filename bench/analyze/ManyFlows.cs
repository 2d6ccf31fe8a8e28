// Writes a capture of many TCP conversations at once, as a busy server sees them: dotnet run ManyFlows.cs FILE PACKETS FLOWS
//
// Every packet belongs to a conversation chosen at random among all of them: nothing that was looked at a moment ago helps.
// Handshakes, small requests and answers with timestamps, a segment in a hundred lost before or behind the capture point and
// sent again after three duplicate acknowledgments, FIN from both sides. FLOWS = PACKETS gives one SYN each.
using System.Buffers.Binary;
using System.Globalization;

const int HeaderLength = 14 + 20 + 32;
const int MostData = 48;

string path = args[0];
int packets = int.Parse(args[1], CultureInfo.InvariantCulture), flowCount = int.Parse(args[2], CultureInfo.InvariantCulture);
var random = new Random(7);
var flows = new Flow[flowCount];
int[] turns = new int[flowCount];
for (int index = 0; index < flowCount; index++)
{
    flows[index] = new Flow(index, (uint)random.NextInt64(), (uint)random.NextInt64()) { Left = (packets / flowCount) + (index < packets % flowCount ? 1 : 0) };
    turns[index] = index;
}

using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 20);
byte[] record = new byte[16 + HeaderLength + MostData];
BinaryPrimitives.WriteUInt32LittleEndian(record, 0xa1b2c3d4);
BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(4), 2);
BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(6), 4);
BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(16), 262_144);
BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(20), 1);
file.Write(record, 0, 24);

int open = flowCount;
for (long number = 0; open > 0; number++)
{
    int turn = flowCount == packets ? open - 1 : random.Next(open);
    Flow flow = flows[turns[turn]];
    file.Write(record, 0, Compose(record, flow, flow.Next(random), 1_700_000_000_000_000 + (number * 5)));
    if (--flow.Left == 0)
        turns[turn] = turns[--open];
}

static int Compose(byte[] record, Flow flow, Planned planned, long microseconds)
{
    int length = HeaderLength + planned.Length;
    BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)(microseconds / 1_000_000));
    BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), (uint)(microseconds % 1_000_000));
    BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), (uint)length);
    BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12), (uint)length);
    Span<byte> packet = record.AsSpan(16, length);
    packet.Clear();
    packet[0] = packet[6] = 2;
    packet[5] = (byte)(planned.IsFromClient ? 1 : 2);
    packet[11] = (byte)(planned.IsFromClient ? 2 : 1);
    packet[12] = 8;
    Span<byte> ip = packet[14..];
    ip[0] = 0x45;
    BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(length - 14));
    BinaryPrimitives.WriteUInt16BigEndian(ip[4..], flow.Identification(planned.IsFromClient));
    ip[6] = 0x40;
    ip[8] = 64;
    ip[9] = 6;
    uint client = 0x0a000000 + (uint)(flow.Number / 50_000 * 4096) + (uint)(flow.Number % 4096) + 1, server = 0xc6336401;
    ushort port = (ushort)(10_000 + (flow.Number % 50_000));
    BinaryPrimitives.WriteUInt32BigEndian(ip[12..], planned.IsFromClient ? client : server);
    BinaryPrimitives.WriteUInt32BigEndian(ip[16..], planned.IsFromClient ? server : client);
    BinaryPrimitives.WriteUInt16BigEndian(ip[10..], (ushort)~Sum(ip[..20], 0));
    Span<byte> tcp = ip[20..];
    BinaryPrimitives.WriteUInt16BigEndian(tcp, planned.IsFromClient ? port : (ushort)5432);
    BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], planned.IsFromClient ? (ushort)5432 : port);
    BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], planned.Sequence);
    BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], planned.Acknowledgment);
    tcp[12] = 0x80;
    tcp[13] = planned.Flags;
    BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], 64_240);
    tcp[20] = 1;
    tcp[21] = 1;
    tcp[22] = 8;
    tcp[23] = 10;
    BinaryPrimitives.WriteUInt32BigEndian(tcp[24..], (uint)(microseconds / 1000));
    BinaryPrimitives.WriteUInt32BigEndian(tcp[28..], (uint)(microseconds / 1000) - 1);
    for (int at = 32; at < tcp.Length; at++)
        tcp[at] = (byte)(planned.Sequence + at);
    uint pseudo = (uint)(Sum(ip[12..20], 0) + 6 + tcp.Length);
    BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], (ushort)~Sum(tcp, pseudo));
    return 16 + length;
}

static ushort Sum(ReadOnlySpan<byte> octets, uint sum)
{
    for (int at = 0; at < octets.Length; at += 2)
        sum += at + 1 < octets.Length ? BinaryPrimitives.ReadUInt16BigEndian(octets[at..]) : (uint)octets[at] << 8;
    sum = (sum & 0xffff) + (sum >> 16);
    return (ushort)((sum & 0xffff) + (sum >> 16));
}

internal readonly record struct Planned(bool IsFromClient, byte Flags, uint Sequence, uint Acknowledgment, int Length);

internal sealed class Flow(int number, uint clientStart, uint serverStart)
{
    private const byte Fin = 1, Syn = 2, Push = 8, Ack = 16;
    private readonly Queue<Planned> _planned = new();
    private readonly ushort[] _identifications = new ushort[2];
    private readonly uint[] _next = [clientStart, serverStart];
    private bool _isOpen;
    private bool _isClientsTurn = true;

    internal int Number => number;

    internal int Left { get; set; }

    internal ushort Identification(bool isFromClient) => ++_identifications[isFromClient ? 0 : 1];

    internal Planned Next(Random random)
    {
        if (_planned.Count == 0)
            Plan(random);
        return _planned.Dequeue();
    }

    private void Plan(Random random)
    {
        const int LeastForLoss = 16;
        if (!_isOpen)
        {
            _isOpen = true;
            Send(true, Syn, 0, acknowledgment: 0);
            Send(false, Syn | Ack, 0);
            Send(true, Ack, 0);
            return;
        }

        if (Left <= 3)
        {
            Send(true, Fin | Ack, 0);
            Send(false, Fin | Ack, 0);
            Send(true, Ack, 0);
            return;
        }

        bool isFromClient = _isClientsTurn;
        _isClientsTurn = !_isClientsTurn;
        if (Left >= LeastForLoss && random.Next(40) == 0)
        {
            Lose(isFromClient, wasCaptured: random.Next(2) == 0, random);
            return;
        }

        Send(isFromClient, Push | Ack, random.Next(1, 48));
        Send(!isFromClient, Ack, 0);
    }

    private void Lose(bool isFromClient, bool wasCaptured, Random random)
    {
        int length = random.Next(1, 48);
        int sender = isFromClient ? 0 : 1;
        var lost = new Planned(isFromClient, Push | Ack, _next[sender], _next[1 - sender], length);
        if (wasCaptured)
            _planned.Enqueue(lost);
        _next[sender] += (uint)length;
        for (int count = 0; count < 3; count++)
        {
            Send(isFromClient, Push | Ack, random.Next(1, 48));
            _planned.Enqueue(new Planned(!isFromClient, Ack, _next[1 - sender], lost.Sequence, 0));
        }

        _planned.Enqueue(lost);
        Send(!isFromClient, Ack, 0);
    }

    private void Send(bool isFromClient, byte flags, int length, uint? acknowledgment = null)
    {
        int sender = isFromClient ? 0 : 1;
        _planned.Enqueue(new Planned(isFromClient, flags, _next[sender], acknowledgment ?? _next[1 - sender], length));
        _next[sender] += (uint)length + ((flags & (Syn | Fin)) != 0 ? 1u : 0);
    }
}
