using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Ss;

/// <summary>Shows sockets as JSON: one object.</summary>
/// <remarks>Everything that the kernel tells is there, whatever the options; processes only with <c>-p</c>.</remarks>
internal sealed class SsJson : ISocketVisitor, IDisposable
{
    private const int BlockSize = 64 * 1024;

    private readonly NameTables _names;
    private readonly SocketOwners? _owners;
    private readonly Stream _output;
    private readonly Utf8JsonWriter _json;

    /// <summary>Begins the document.</summary>
    /// <param name="names">Names of interfaces and cgroups.</param>
    /// <param name="owners">Processes by their sockets; null if they are not asked for.</param>
    /// <param name="output">Where to write.</param>
    public SsJson(NameTables names, SocketOwners? owners, Stream output)
    {
        (_names, _owners, _output) = (names, owners, output);
        _json = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        _json.WriteStartObject();
        _json.WriteString("schema", "netwhy.sockets/1");
        _json.WriteStartObject("units");
        _json.WriteString("recvQueue", "B; of a listener, connections");
        _json.WriteString("sendQueue", "B; of a listener, connections");
        _json.WriteString("skmem", "B");
        _json.WriteString("timer.expires", "ms");
        foreach (TcpInfoField field in TcpInfoView.Fields)
        {
            if (field.Unit.Length > 0)
                _json.WriteString(field.Name, field.Unit);
        }

        _json.WriteEndObject();
        _json.WriteStartArray("sockets");
    }

    /// <summary>Ends the document.</summary>
    /// <param name="walk">What the walk could not see.</param>
    public void End(SocketWalk walk)
    {
        _json.WriteEndArray();
        _json.WriteBoolean("consistent", walk.IsConsistent);
        if (_owners is not null)
        {
            _json.WriteStartObject("processes");
            _json.WriteString("source", _owners.Source);
            _json.WriteNumber("unreadable", _owners.Unreadable);
            _json.WriteEndObject();
        }

        _json.WriteStartArray("notObserved");
        foreach (string table in walk.Unknown)
            _json.WriteStringValue($"this kernel does not list {table} sockets");
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Flush();
        _output.Write("\n"u8);
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    /// <inheritdoc/>
    public void Inet(in InetDiagMessage socket, in NetlinkAttributeTable attributes, SocketTables table)
    {
        Begin(SsText.NetId(table, attributes.Octet(InetDiagAttribute.Protocol)), socket.State, socket.ReceiveQueue, socket.SendQueue);
        End("local", socket.LocalAddress, socket.Socket.LocalPort);
        End("peer", socket.RemoteAddress, socket.Socket.RemotePort);
        if (socket.Socket.InterfaceIndex != 0)
            _json.WriteString("interface", _names.Interface(socket.Socket.InterfaceIndex));
        Identity(socket.UserId, socket.Inode, socket.Socket.Cookie);
        if (socket.Timer != 0)
        {
            _json.WriteStartObject("timer");
            _json.WriteString("name", socket.Timer switch { 1 => "on", 2 => "keepalive", 3 => "timewait", 4 => "persist", _ => "unknown" });
            _json.WriteNumber("expires", socket.ExpiresMilliseconds);
            _json.WriteNumber("retransmits", socket.Retransmits);
            _json.WriteEndObject();
        }

        Optional("mark", attributes.Number(InetDiagAttribute.Mark));
        Optional("tos", attributes.Octet(InetDiagAttribute.TypeOfService));
        Optional("tclass", attributes.Octet(InetDiagAttribute.TrafficClass));
        Optional("classId", attributes.Number(InetDiagAttribute.ClassId));
        if (attributes.Octet(InetDiagAttribute.Shutdown) is { } shutdown)
        {
            _json.WriteBoolean("receiveShutdown", (shutdown & 1) != 0);
            _json.WriteBoolean("sendShutdown", (shutdown & 2) != 0);
        }

        if (socket.Family == 10 && attributes.Octet(InetDiagAttribute.IPv6Only) is { } only)
            _json.WriteBoolean("v6only", only != 0);
        if (attributes.LongNumber(InetDiagAttribute.CgroupId) is { } cgroup)
            Cgroup(cgroup);
        Memory(attributes[InetDiagAttribute.SocketMemory]);
        ReadOnlySpan<byte> algorithm = attributes[InetDiagAttribute.Congestion];
        if (algorithm.Length > 1)
            _json.WriteString("congestion", algorithm[..(algorithm.IndexOf((byte)0) is >= 0 and var end ? end : algorithm.Length)]);
        if (table is SocketTables.Tcp && attributes.Has(InetDiagAttribute.Info))
            TcpInfo(new TcpInfoView(attributes[InetDiagAttribute.Info]));
        Finish(socket.Inode);
    }

    /// <inheritdoc/>
    public void Unix(in UnixDiagMessage socket, in NetlinkAttributeTable attributes, string? name)
    {
        ReadOnlySpan<byte> queues = attributes[UnixDiagMessage.Queues];
        Begin(
            SsText.UnixNetId(socket.Type),
            socket.State,
            queues.Length < 8 ? 0 : MemoryMarshal.Read<uint>(queues),
            queues.Length < 8 ? 0 : MemoryMarshal.Read<uint>(queues[4..]));
        if (name is not null)
            _json.WriteString("name", name);
        Optional("peerInode", attributes.Number(UnixDiagMessage.Peer));
        Identity(attributes.Number(UnixDiagMessage.User), socket.Inode, socket.Cookie);
        Memory(attributes[UnixDiagMessage.Memory]);
        Finish(socket.Inode);
    }

    /// <inheritdoc/>
    public void Packet(in PacketDiagMessage socket, in NetlinkAttributeTable attributes)
    {
        _ = MemoryMarshal.TryRead(attributes[PacketDiagMessage.Memory], out uint queued);
        Begin(SsText.PacketNetId(socket.Type), TcpState.Closed, queued, 0);
        _json.WriteNumber("protocol", socket.Protocol);
        if (MemoryMarshal.TryRead(attributes[PacketDiagMessage.Info], out PacketDiagInfo info) && info.InterfaceIndex != 0)
            _json.WriteString("interface", _names.Interface(info.InterfaceIndex));
        Identity(attributes.Number(PacketDiagMessage.User), socket.Inode, socket.Cookie);
        Memory(attributes[PacketDiagMessage.Memory]);
        Finish(socket.Inode);
    }

    /// <inheritdoc/>
    public void Netlink(in NetlinkDiagMessage socket, in NetlinkAttributeTable attributes)
    {
        ReadOnlySpan<byte> memory = attributes[NetlinkDiagMessage.Memory];
        Begin("nl", TcpState.Closed, memory.Length < 12 ? 0 : MemoryMarshal.Read<uint>(memory), memory.Length < 12 ? 0 : MemoryMarshal.Read<uint>(memory[8..]));
        _json.WriteNumber("protocol", socket.Protocol);
        if (_names.NetlinkProtocol(socket.Protocol) is { } name)
            _json.WriteString("protocolName", name);
        _json.WriteNumber("port", socket.PortId);
        Identity(user: null, socket.Inode, socket.Cookie);
        Memory(memory);
        Finish(socket.Inode);
    }

    /// <inheritdoc/>
    public void Vsock(in VsockDiagMessage socket)
    {
        Begin(socket.Type switch { 1 => "v_str", 2 => "v_dgr", _ => "???" }, socket.State, 0, 0);
        foreach ((string end, uint cid, uint port) in (ReadOnlySpan<(string, uint, uint)>)
            [("local", socket.LocalCid, socket.LocalPort), ("peer", socket.RemoteCid, socket.RemotePort)])
        {
            _json.WriteStartObject(end);
            _json.WriteNumber("cid", cid);
            _json.WriteNumber("port", port);
            _json.WriteEndObject();
        }

        Identity(user: null, socket.Inode, socket.Cookie);
        Finish(socket.Inode);
    }

    private void Begin(string netId, TcpState state, uint received, uint sent)
    {
        if (_json.BytesPending > BlockSize)
            _json.Flush();
        _json.WriteStartObject();
        _json.WriteString("netid", netId);
        _json.WriteString("state", SsText.StateName(state));
        _json.WriteNumber("recvQueue", received);
        _json.WriteNumber("sendQueue", sent);
    }

    private void End(string name, IPAddress address, int port)
    {
        _json.WriteStartObject(name);
        _json.WriteString("address", address.ToString());
        _json.WriteNumber("port", port);
        _json.WriteEndObject();
    }

    private void Identity(uint? user, uint inode, ulong cookie)
    {
        Optional("uid", user);
        _json.WriteNumber("inode", inode);
        _json.WriteNumber("cookie", cookie);
    }

    private void Optional(string name, uint? value)
    {
        if (value is { } number)
            _json.WriteNumber(name, number);
    }

    private void Cgroup(ulong id)
    {
        _json.WriteNumber("cgroupId", id);
        if (_names.Cgroups.PathOf(id) is not { } path)
            return;
        _json.WriteString("cgroup", path);
        ContainerName.Of(path).WriteTo(_json, _names.Containers);
    }

    private void Memory(ReadOnlySpan<byte> octets)
    {
        ReadOnlySpan<string> names = ["rmemAlloc", "rcvbuf", "wmemAlloc", "sndbuf", "fwdAlloc", "wmemQueued", "optmem", "backlog", "drops"];
        ReadOnlySpan<uint> numbers = MemoryMarshal.Cast<byte, uint>(octets);
        if (numbers.IsEmpty)
            return;
        _json.WriteStartObject("skmem");
        for (int i = 0; i < Math.Min(names.Length, numbers.Length); i++)
            _json.WriteNumber(names[i], numbers[i]);
        _json.WriteEndObject();
    }

    private void TcpInfo(TcpInfoView info)
    {
        _json.WriteStartObject("tcpInfo");
        foreach (ref readonly TcpInfoField field in TcpInfoView.Fields)
        {
            if (info.Has(field))
                _json.WriteNumber(field.Name, info.Value(field));
        }

        _json.WriteEndObject();
    }

    private void Finish(uint inode)
    {
        if (_owners is not null)
        {
            _json.WriteStartArray("processes");
            foreach (SocketOwner owner in _owners.Of(inode))
            {
                _json.WriteStartObject();
                _json.WriteString("comm", owner.Name);
                _json.WriteNumber("pid", owner.Pid);
                _json.WriteNumber("fd", owner.Descriptor);
                _json.WriteEndObject();
            }

            _json.WriteEndArray();
        }

        _json.WriteEndObject();
    }
}
