using System.Net;
using System.Text;
using System.Text.Json;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Ss;

/// <summary>Counts sockets by state, process, peer, port or cgroup: <c>ss --by</c>.</summary>
/// <param name="key">What to count by.</param>
/// <param name="names">Names of ports and cgroups.</param>
/// <param name="owners">Processes by their sockets; null if it does not count by them.</param>
internal sealed class SocketCounts(string key, NameTables names, SocketOwners? owners) : ISocketVisitor
{
    private readonly Dictionary<string, Count> _counts = [];

    /// <inheritdoc/>
    public void Inet(in InetDiagMessage socket, in NetlinkAttributeTable attributes, SocketTables table)
    {
        string netId = SsText.NetId(table, attributes.Octet(InetDiagAttribute.Protocol));
        switch (key)
        {
            case "peer":
                Add(Plain(socket.RemoteAddress).ToString(), socket.State, socket);
                break;
            case "port":
                // The service: the port that a listener or a server has here, or that a client has there.
                int port = socket.State is TcpState.Listen || socket.Socket.RemotePort == 0 || IsServer(socket) ? socket.Socket.LocalPort : socket.Socket.RemotePort;
                string side = port == socket.Socket.LocalPort ? "local" : "peer";
                Add($"{netId} {side} :{names.Service(port, netId) ?? port.ToString(System.Globalization.CultureInfo.InvariantCulture)}", socket.State, socket);
                break;
            case "cgroup":
                ulong? id = attributes.LongNumber(InetDiagAttribute.CgroupId);
                string path = id is { } number ? names.Cgroups.PathOf(number) ?? $"unreachable:{number:x}" : "(none)";
                Add(path, socket.State, socket);
                break;
            default:
                AddOther(netId, socket.State, socket.Inode, socket);
                break;
        }
    }

    /// <inheritdoc/>
    public void Unix(in UnixDiagMessage socket, in NetlinkAttributeTable attributes, string? name) =>
        AddOther(SsText.UnixNetId(socket.Type), socket.State, socket.Inode);

    /// <inheritdoc/>
    public void Packet(in PacketDiagMessage socket, in NetlinkAttributeTable attributes) =>
        AddOther(SsText.PacketNetId(socket.Type), TcpState.Closed, socket.Inode);

    /// <inheritdoc/>
    public void Netlink(in NetlinkDiagMessage socket, in NetlinkAttributeTable attributes) =>
        AddOther("nl", TcpState.Closed, socket.Inode);

    /// <inheritdoc/>
    public void Vsock(in VsockDiagMessage socket) => AddOther("vsock", socket.State, socket.Inode);

    /// <summary>Writes the counts, the largest first.</summary>
    /// <param name="output">Where to write.</param>
    public void WriteText(Stream output)
    {
        var table = new ColumnTable(
            [
                new("Count", true, "", true),
                new("Recv-Q", true, "  ", true),
                new("Send-Q", true, "  ", true),
                new(Title, false, "  ", true),
                new("States", false, "  ", key is not "state"),
            ],
            screen: null,
            output);
        table.AddHeader();
        foreach ((string name, Count count) in Sorted)
        {
            table.Append((long)count.Sockets);
            table.Next();
            table.Append(count.Received);
            table.Next();
            table.Append(count.Sent);
            table.Next();
            table.Append(key is "cgroup" && ContainerName.Of(name).Describe(names.Containers) is { Length: > 0 } container ? $"{name} ({container})" : name);
            table.Next();
            table.Append(count.States);
            table.Next();
        }

        table.Write();
    }

    /// <summary>Writes the counts as JSON.</summary>
    /// <param name="output">Where to write.</param>
    public void WriteJson(Stream output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.socket-counts/1");
            json.WriteString("by", key);
            json.WriteStartArray("counts");
            foreach ((string name, Count count) in Sorted)
            {
                json.WriteStartObject();
                json.WriteString(key, name);
                if (key is "cgroup")
                    ContainerName.Of(name).WriteTo(json, names.Containers);
                json.WriteNumber("count", count.Sockets);
                json.WriteNumber("recvQueue", count.Received);
                json.WriteNumber("sendQueue", count.Sent);
                json.WriteStartObject("states");
                foreach ((TcpState state, int number) in count.ByState.OrderByDescending(one => one.Value))
                    json.WriteNumber(SsText.StateName(state), number);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private string Title => key switch { "state" => "State", "process" => "Process", "peer" => "Peer", "port" => "Port", _ => "Cgroup" };

    private IEnumerable<KeyValuePair<string, Count>> Sorted =>
        _counts.OrderByDescending(one => one.Value.Sockets).ThenBy(one => one.Key, StringComparer.Ordinal);

    // A connection whose port here is no port that the kernel chooses, to a peer's port that it is, was accepted here.
    private bool IsServer(in InetDiagMessage socket) =>
        !IsEphemeral(socket.Socket.LocalPort) && (IsEphemeral(socket.Socket.RemotePort) || socket.Socket.LocalPort < socket.Socket.RemotePort);

    private bool IsEphemeral(int port) => port >= names.EphemeralPorts.First && port <= names.EphemeralPorts.Last;

    private void AddOther(string netId, TcpState state, uint inode, InetDiagMessage socket = default)
    {
        switch (key)
        {
            case "state":
                Add($"{netId} {SsText.StateName(state)}", state, socket);
                break;
            case "process":
                Add(owners?.OldestOf(inode) is { } owner ? $"{owner.Name} (pid {owner.Pid})" : inode == 0 ? "(no process: the kernel keeps it)" : "(unknown)", state, socket);
                break;
            case "cgroup":
                Add("(none)", state, socket);
                break;
        }
    }

    private void Add(string name, TcpState state, in InetDiagMessage socket)
    {
        if (!_counts.TryGetValue(name, out Count? count))
            _counts[name] = count = new Count();
        count.Sockets++;
        if (state is not TcpState.Listen)
        {
            count.Received += socket.ReceiveQueue;
            count.Sent += socket.SendQueue;
        }

        count.ByState[state] = count.ByState.GetValueOrDefault(state) + 1;
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private sealed class Count
    {
        public int Sockets { get; set; }

        public long Received { get; set; }

        public long Sent { get; set; }

        public Dictionary<TcpState, int> ByState { get; } = [];

        public string States
        {
            get
            {
                var text = new StringBuilder();
                foreach ((TcpState state, int number) in ByState.OrderByDescending(one => one.Value))
                    text.Append(text.Length == 0 ? "" : " ").Append(SsText.StateName(state)).Append(':').Append(number);
                return text.ToString();
            }
        }
    }
}
