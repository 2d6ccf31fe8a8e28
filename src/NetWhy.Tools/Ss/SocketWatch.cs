using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Ss;

/// <summary>Looks at the sockets again and again and shows what changes: <c>ss --watch</c>.</summary>
/// <remarks>On a terminal a table, the liveliest first; in a pipe a line for each socket that comes, goes or retransmits.</remarks>
/// <param name="options">What is asked for.</param>
/// <param name="walk">Which sockets.</param>
/// <param name="names">Names of ports.</param>
/// <param name="host">Terminal and cancellation.</param>
internal sealed class SocketWatch(SsOptions options, SocketWalk walk, NameTables names, IToolHost host) : ISocketVisitor
{
    private const int MostSockets = 200_000;
    private const int LinesAroundTable = 4;
    private const int WideEnough = 100; // columns: in fewer, rates and times make room for the addresses
    private const byte RetransmitTimer = 1; // idiag_timer, linux/inet_diag.h

    private Dictionary<ulong, Row> _rows = [];
    private Dictionary<ulong, Row> _seen = [];
    private bool _isCut;

    /// <summary>Runs until it is cancelled.</summary>
    public void Run()
    {
        var sinceLast = Stopwatch.StartNew();
        for (bool isFirst = true; !host.Cancellation.IsCancellationRequested; isFirst = false)
        {
            _seen = new Dictionary<ulong, Row>(_rows.Count + 16);
            SocketOwners? owners = options.HasProcesses ? SocketOwners.Find() : null;
            walk.Run(this, host.Cancellation);
            if (_isCut)
                throw new ToolException(ToolException.CouldNotWork, $"more than {MostSockets:#,0} sockets cannot be watched: a filter names fewer");
            Compare(isFirst, sinceLast.Elapsed);
            sinceLast.Restart();
            if (host is { Columns: { } columns, Rows: { } rows })
                Draw(columns, rows, owners);
            else
                Print(isFirst, owners);
            _rows = _seen;
            host.Cancellation.WaitHandle.WaitOne(options.Interval);
        }
    }

    /// <inheritdoc/>
    public void Inet(in InetDiagMessage socket, in NetlinkAttributeTable attributes, SocketTables table)
    {
        var info = new TcpInfoView(attributes[InetDiagAttribute.Info]);
        Add(socket.Socket.Cookie, new Row
        {
            NetId = SsText.NetId(table, attributes.Octet(InetDiagAttribute.Protocol)),
            State = socket.State,
            ReceiveQueue = socket.ReceiveQueue,
            SendQueue = socket.SendQueue,
            Local = Endpoint(socket.LocalAddress, socket.Socket.LocalPort, table),
            Peer = Endpoint(socket.RemoteAddress, socket.Socket.RemotePort, table),
            Inode = socket.Inode,
            Retransmits = info.TotalRetransmits,
            Unanswered = socket.Timer == RetransmitTimer ? socket.Retransmits : (byte)0,
            OctetsOut = info.OctetsAcknowledged,
            OctetsIn = info.OctetsReceived,
            Rtt = info.Rtt,
        });
    }

    /// <inheritdoc/>
    public void Unix(in UnixDiagMessage socket, in NetlinkAttributeTable attributes, string? name) => Add(socket.Cookie, new Row
    {
        NetId = SsText.UnixNetId(socket.Type),
        State = socket.State,
        Local = name ?? "*",
        Peer = $"* {attributes.Number(UnixDiagMessage.Peer)}",
        Inode = socket.Inode,
    });

    /// <inheritdoc/>
    public void Packet(in PacketDiagMessage socket, in NetlinkAttributeTable attributes) => Add(socket.Cookie, new Row
    {
        NetId = SsText.PacketNetId(socket.Type),
        State = TcpState.Closed,
        Local = names.EtherType(socket.Protocol) ?? "*",
        Peer = "*",
        Inode = socket.Inode,
    });

    /// <inheritdoc/>
    public void Netlink(in NetlinkDiagMessage socket, in NetlinkAttributeTable attributes) => Add(socket.Cookie, new Row
    {
        NetId = "nl",
        State = TcpState.Closed,
        Local = $"{names.NetlinkProtocol(socket.Protocol)}:{socket.PortId}",
        Peer = "*",
        Inode = socket.Inode,
    });

    /// <inheritdoc/>
    public void Vsock(in VsockDiagMessage socket) => Add(socket.Cookie, new Row
    {
        NetId = "vsock",
        State = socket.State,
        Local = $"{socket.LocalCid}:{socket.LocalPort}",
        Peer = $"{socket.RemoteCid}:{socket.RemotePort}",
        Inode = socket.Inode,
    });

    private void Add(ulong cookie, Row row)
    {
        if (_seen.Count < MostSockets)
            _seen[cookie] = row;
        else
            _isCut = true;
    }

    private string Endpoint(IPAddress address, int port, SocketTables table)
    {
        string service = port == 0 ? "*" : names.Service(port, table is SocketTables.Udp ? "udp" : "tcp") ?? port.ToString(CultureInfo.InvariantCulture);
        string host = names.Host(address) ?? (address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString());
        return $"{host}:{service}";
    }

    private void Compare(bool isFirst, TimeSpan passed)
    {
        foreach ((ulong cookie, Row row) in _seen)
        {
            if (!_rows.TryGetValue(cookie, out Row? before) || before.Change is Change.Gone)
            {
                row.Change = isFirst ? Change.None : Change.New;
                continue;
            }

            // What the kernel no longer tells, as of a connection that is closed, reads as nothing.
            if (row.OctetsOut >= before.OctetsOut && row.OctetsIn >= before.OctetsIn)
                row.OctetsPerSecond = (long)(((row.OctetsOut - before.OctetsOut) + (row.OctetsIn - before.OctetsIn)) / passed.TotalSeconds);
            row.NewRetransmits = row.Retransmits >= before.Retransmits ? row.Retransmits - before.Retransmits : 0;
            row.Change = row.NewRetransmits > 0 || row.Unanswered > 0 ? Change.Retransmits
                : row.State != before.State ? Change.State
                : Change.None;
            row.StateBefore = before.State;
        }

        // What is gone is shown once more.
        foreach ((ulong cookie, Row row) in _rows)
        {
            if (row.Change is Change.Gone || _seen.ContainsKey(cookie))
                continue;
            row.Change = Change.Gone;
            _seen[cookie] = row;
        }
    }

    private IEnumerable<Row> Sorted => _seen.Values
        .OrderByDescending(row => row.Change)
        .ThenByDescending(row => row.OctetsPerSecond)
        .ThenByDescending(row => (long)row.ReceiveQueue + row.SendQueue)
        .ThenBy(row => row.Local, StringComparer.Ordinal);

    private void Draw(int columns, int rows, SocketOwners? owners)
    {
        var text = new StringBuilder("\e[H");
        int room = Math.Max(1, rows - LinesAroundTable);
        int alive = _seen.Values.Count(row => row.Change is not Change.Gone);
        Line(text, columns, "", $"{alive} sockets, {Count(Change.New)} new, {Count(Change.Gone)} gone, {Count(Change.Retransmits)} retransmitting, every {options.Interval.TotalSeconds:0.#} s; Ctrl-C ends");
        bool isWide = columns >= WideEnough;
        Line(text, columns, "1", isWide
            ? $"  {"Netid",-5} {"State",-10} {"Recv-Q",8} {"Send-Q",8} {"B/s",10} {"rtt ms",8} {"retrans",7} Local → Peer"
            : $"  {"State",-10} {"Recv-Q",6} {"Send-Q",6} Local → Peer");
        int shown = 0;
        foreach (Row row in Sorted.Take(room))
        {
            (string mark, string colour) = row.Change switch
            {
                Change.New => ("+", "32"),
                Change.Gone => ("-", "31"),
                Change.Retransmits => ("!", "33"),
                Change.State => ("~", "36"),
                _ => (" ", ""),
            };
            string owner = owners?.OldestOf(row.Inode) is { } process ? $"  {process.Name}({process.Pid})" : "";
            Line(text, columns, colour, isWide
                ? $"{mark} {row.NetId,-5} {SsText.StateName(row.State),-10} {row.ReceiveQueue,8} {row.SendQueue,8} {row.OctetsPerSecond,10} {row.Rtt / 1000.0,8:0.00} {row.Retransmits,7} {row.Local} → {row.Peer}{owner}"
                : $"{mark} {SsText.StateName(row.State),-10} {row.ReceiveQueue,6} {row.SendQueue,6} {row.Local} → {row.Peer}{owner}");
            shown++;
        }

        if (shown < _seen.Count)
            Line(text, columns, "2", $"… and {_seen.Count - shown} more: a filter shows fewer");
        text.Append("\e[J");
        host.Output.Write(Encoding.UTF8.GetBytes(text.ToString()));

        int Count(Change change) => _seen.Values.Count(row => row.Change == change);
    }

    private void Line(StringBuilder text, int columns, string colour, string line)
    {
        string safe = Printable.Of(line, isUtf8: true);
        if (safe.Length > columns)
            safe = safe[..columns];
        bool hasColour = host.HasColour && colour.Length > 0;
        text.Append(hasColour ? $"\e[{colour}m" : "").Append(safe).Append(hasColour ? "\e[0m" : "").Append("\e[K\r\n");
    }

    private void Print(bool isFirst, SocketOwners? owners)
    {
        var text = new StringBuilder();
        foreach (Row row in Sorted.Where(row => isFirst || row.Change is not Change.None))
        {
            string what = row.Change switch
            {
                Change.New => "new",
                Change.Gone => "gone",
                Change.Retransmits => $"retransmits+{row.NewRetransmits}",
                Change.State => $"{SsText.StateName(row.StateBefore)}->{SsText.StateName(row.State)}",
                _ => "is",
            };
            string owner = owners?.OldestOf(row.Inode) is { } process ? $" {process.Name}({process.Pid})" : "";
            string line = $"{what} {row.NetId} {SsText.StateName(row.State)} {row.ReceiveQueue} {row.SendQueue} {row.Local} {row.Peer}{owner}";
            text.Append(Printable.Of(line, isUtf8: true)).Append('\n');
        }

        host.Output.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    // In the order in which they deserve attention, the least first.
    private enum Change
    {
        None,
        State,
        New,
        Gone,
        Retransmits,
    }

    private sealed class Row
    {
        public required string NetId { get; init; }

        public required TcpState State { get; init; }

        public required string Local { get; init; }

        public required string Peer { get; init; }

        public required uint Inode { get; init; }

        public uint ReceiveQueue { get; init; }

        public uint SendQueue { get; init; }

        public uint Retransmits { get; init; }

        public byte Unanswered { get; init; }

        public ulong OctetsOut { get; init; }

        public ulong OctetsIn { get; init; }

        public uint Rtt { get; init; }

        public long OctetsPerSecond { get; set; }

        public uint NewRetransmits { get; set; }

        public TcpState StateBefore { get; set; }

        public Change Change { get; set; }
    }
}
