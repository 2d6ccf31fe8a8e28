// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
using System.Globalization;
using System.Runtime.InteropServices;
using NetWhy.Linux.Bpf;
using NetWhy.Linux.Interop;
using NetWhy.Wire.Btf;

namespace NetWhy.Linux;

/// <summary>Who sent a datagram.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Name">Name of the thread that sent, as a rule that of the process.</param>
/// <param name="CgroupId">Number of its control group.</param>
public readonly record struct DatagramSender(int Pid, string Name, ulong CgroupId);

/// <summary>Tells who sent from a port of UDP, or with an identifier of ping, also when the socket is closed by now.</summary>
/// <remarks>
/// A program in the kernel keeps the latest sender of each port of each network namespace, as many as there is room for. Raw
/// sockets have no port: who pings by one stays unknown. Linux 6.3 or later with its types, CAP_BPF and CAP_PERFMON.
/// Source: trace/events/sock.h, sock_send_length; BPF_MAP_TYPE_LRU_HASH in Documentation/bpf/map_hash.rst.
/// </remarks>
public sealed unsafe class DatagramTrace : IDisposable
{
    private const int MostKnown = 65_536; // then those longest unused are forgotten

    private readonly TracepointProgram _program;
    private readonly ulong _space;

    private DatagramTrace(TracepointProgram program, ulong space) => (_program, _space) = (program, space);

    /// <summary>Begins to note who sends in the network namespace of the calling thread.</summary>
    /// <exception cref="LinuxException">The kernel forbids it, or cannot do it.</exception>
    public static DatagramTrace Start()
    {
        const int LeastRecentlyUsed = 9; // BPF_MAP_TYPE_LRU_HASH
        ulong space = OwnSpace();
        return new DatagramTrace(TracepointProgram.Start("netwhy_sends", "sock_send_length", (LeastRecentlyUsed, sizeof(Port), sizeof(Sender), MostKnown), Assemble), space);
    }

    /// <summary>The latest sender from a port.</summary>
    /// <param name="protocol">17 for UDP; 1 and 58 for ping by IPv4 and IPv6.</param>
    /// <param name="port">The port of this machine, or the identifier of the echo.</param>
    /// <returns>Null if nobody sent from it since it was begun to note, or that is forgotten.</returns>
    public DatagramSender? SenderOf(byte protocol, ushort port)
    {
        const int Lookup = 1; // BPF_MAP_LOOKUP_ELEM
        var key = new Port { Space = _space, Protocol = protocol, Number = port };
        Sender sender;
        byte* attributes = stackalloc byte[32];
        new Span<byte>(attributes, 32).Clear();
        *(uint*)attributes = (uint)_program.Map;
        *(ulong*)(attributes + 8) = (ulong)&key;
        *(ulong*)(attributes + 16) = (ulong)&sender;
        if (Libc.syscall(Libc.SYS_bpf, Lookup, (nint)attributes, 32) != 0)
            return null;
        return new DatagramSender((int)(sender.Process >> 32), TracepointProgram.Name(new ReadOnlySpan<byte>(&sender.NameStart, 16)), sender.Cgroup);
    }

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();

    // "net:[4026531840]": the number by which the kernel knows it, too.
    private static ulong OwnSpace()
    {
        const string Path = "/proc/thread-self/ns/net";
        string target = new FileInfo(Path).LinkTarget ?? "";
        return target.StartsWith("net:[", StringComparison.Ordinal) && ulong.TryParse(target.AsSpan(5).TrimEnd(']'), CultureInfo.InvariantCulture, out ulong number)
            ? number
            : throw new LinuxException(Path, (int)Errno.ENOENT);
    }

    private static BpfInstruction[] Assemble(KernelTypes types, int senders)
    {
        const int Update = 2, CurrentProcess = 14, CurrentName = 16, CurrentCgroup = 80; // enum bpf_func_id
        const int Udp = 17, Icmp = 1, Icmp6 = 58;
        const int Socket = 7; // a register that calls keep
        const int Key = -sizeof(ulong) * 3, Value = Key - 32; // in the frame
        int space = BpfSystem.Member(types, "sock_common", "skc_net");
        return
        [
            BpfInstruction.Load(Socket, 1, 0),
            BpfInstruction.LoadQuarter(1, Socket, BpfSystem.Member(types, "sock", "sk_protocol")),
            BpfInstruction.Copy(2, 1),
            BpfInstruction.Add(2, -Udp),
            BpfInstruction.SkipIfZero(2, 6),
            BpfInstruction.Add(2, Udp - Icmp),
            BpfInstruction.SkipIfZero(2, 4),
            BpfInstruction.Add(2, Icmp - Icmp6),
            BpfInstruction.SkipIfZero(2, 2),
            BpfInstruction.Set(0, 0),
            BpfInstruction.Exit(),
            BpfInstruction.Store(BpfInstruction.Frame, Key + 8, 1),
            BpfInstruction.LoadQuarter(1, Socket, BpfSystem.Member(types, "sock_common", "skc_num")),
            BpfInstruction.Store(BpfInstruction.Frame, Key + 16, 1),
            BpfInstruction.Load(1, Socket, space),
            BpfInstruction.LoadHalf(1, 1, BpfSystem.Member(types, "net", "ns") + BpfSystem.Member(types, "ns_common", "inum")),
            BpfInstruction.Store(BpfInstruction.Frame, Key, 1),
            BpfInstruction.Call(CurrentProcess),
            BpfInstruction.Store(BpfInstruction.Frame, Value, 0),
            BpfInstruction.Call(CurrentCgroup),
            BpfInstruction.Store(BpfInstruction.Frame, Value + 8, 0),
            BpfInstruction.Copy(1, BpfInstruction.Frame),
            BpfInstruction.Add(1, Value + 16),
            BpfInstruction.Set(2, 16),
            BpfInstruction.Call(CurrentName),
            .. BpfInstruction.LoadMap(1, senders),
            BpfInstruction.Copy(2, BpfInstruction.Frame),
            BpfInstruction.Add(2, Key),
            BpfInstruction.Copy(3, BpfInstruction.Frame),
            BpfInstruction.Add(3, Value),
            BpfInstruction.Set(4, 0), // BPF_ANY
            BpfInstruction.Call(Update),
            BpfInstruction.Set(0, 0),
            BpfInstruction.Exit(),
        ];
    }

    // Both as the program lays them out.
    [StructLayout(LayoutKind.Sequential)]
    private struct Port
    {
        internal ulong Space;
        internal ulong Protocol;
        internal ulong Number;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Sender
    {
        internal ulong Process; // in the upper half
        internal ulong Cgroup;
        internal ulong NameStart; // 16 octets, ended by a zero octet
        internal ulong NameEnd;
    }
}
