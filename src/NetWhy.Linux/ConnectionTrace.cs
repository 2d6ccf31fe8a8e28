// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using NetWhy.Linux.Bpf;
using NetWhy.Linux.Interop;
using NetWhy.Wire.Btf;

namespace NetWhy.Linux;

/// <summary>A TCP connection that a process of this machine began.</summary>
/// <param name="Local">Its address here.</param>
/// <param name="LocalPort">Its port here.</param>
/// <param name="Remote">The peer's address.</param>
/// <param name="RemotePort">The peer's port.</param>
/// <param name="Pid">The process.</param>
/// <param name="Name">Name of the thread that connected, as a rule that of the process.</param>
/// <param name="CgroupId">Number of its control group.</param>
public readonly record struct TracedConnection(IPAddress Local, ushort LocalPort, IPAddress Remote, ushort RemotePort, int Pid, string Name, ulong CgroupId);

/// <summary>Tells who began each TCP connection, also of those that are over before anybody could look.</summary>
/// <remarks>
/// A program in the kernel notes each change of a TCP socket's state with the process that runs at that moment. When a
/// connection is begun, that is its owner, but its port is chosen later; so the owner is kept until the next change tells
/// the port. Linux 5.5 or later with its types, CAP_BPF and CAP_PERFMON. Source: trace/events/sock.h, inet_sock_set_state;
/// bpf_map_push_elem in bpf-helpers(7).
/// </remarks>
public sealed unsafe class ConnectionTrace : IDisposable
{
    private const int MostWaiting = 4096; // connections begun and not yet heard of again; then all are forgotten
    private const int QueueLength = 16_384; // changes between two looks; then the oldest are lost
    private const int SynSent = 2; // TCP_SYN_SENT, net/tcp_states.h

    private readonly TracepointProgram _program;
    private readonly Dictionary<ulong, Change> _begun = [];

    private ConnectionTrace(TracepointProgram program) => _program = program;

    /// <summary>Begins to note.</summary>
    /// <exception cref="LinuxException">The kernel forbids it, or cannot do it.</exception>
    public static ConnectionTrace Start()
    {
        const int Queue = 22; // BPF_MAP_TYPE_QUEUE
        return new ConnectionTrace(TracepointProgram.Start("netwhy_connects", "inet_sock_set_state", (Queue, KeySize: 0, Change.Size, QueueLength), Assemble));
    }

    /// <summary>Takes what was noted since the last time.</summary>
    /// <param name="handler">Gets each connection that was begun.</param>
    public void Read(Action<TracedConnection> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Change change;
        while (TryTake(&change))
        {
            if (change.State == SynSent)
            {
                if (_begun.Count >= MostWaiting)
                    _begun.Clear();
                _begun[change.Socket] = change;
            }
            else if (_begun.Remove(change.Socket, out Change begun))
            {
                handler(Describe(change, begun));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();

    private bool TryTake(Change* change)
    {
        const int LookupAndDelete = 21; // BPF_MAP_LOOKUP_AND_DELETE_ELEM
        byte* attributes = stackalloc byte[32];
        new Span<byte>(attributes, 32).Clear();
        *(uint*)attributes = (uint)_program.Map;
        *(ulong*)(attributes + 16) = (ulong)change;
        return Libc.syscall(Libc.SYS_bpf, LookupAndDelete, (nint)attributes, 32) == 0;
    }

    private static TracedConnection Describe(in Change change, in Change begun)
    {
        ReadOnlySpan<byte> octets = MemoryMarshal.AsBytes(new ReadOnlySpan<Change>(in change));
        bool isIpv4 = change.Family == 2;
        var local = new IPAddress(isIpv4 ? octets.Slice(40, 4) : octets.Slice(56, 16));
        var remote = new IPAddress(isIpv4 ? octets.Slice(48, 4) : octets.Slice(72, 16));
        string name = TracepointProgram.Name(MemoryMarshal.AsBytes(new ReadOnlySpan<Change>(in begun)).Slice(88, 16));
        return new TracedConnection(local, BinaryPrimitives.ReverseEndianness((ushort)change.LocalPort), remote, BinaryPrimitives.ReverseEndianness((ushort)change.RemotePort), (int)(begun.Process >> 32), name, begun.Cgroup);
    }

    private static BpfInstruction[] Assemble(KernelTypes types, int queue)
    {
        const int CurrentProcess = 14, CurrentName = 16, CurrentCgroup = 80, Push = 87, TcpSocket = 137; // enum bpf_func_id
        const int Overwrite = 2; // BPF_EXIST: a full queue loses its oldest
        const int Context = 6, Socket = 7; // registers that calls keep
        const int At = -Change.Size; // in the frame
        const int ToTheEnd = 16; // instructions after the third of these and before the last two
        int family = Common("skc_family"), remotePort = Common("skc_dport");
        int local = Common("skc_rcv_saddr"), remote = Common("skc_daddr");
        int localPort = BpfSystem.Member(types, "inet_sock", "inet_sport"); // skc_num is 0 already when a connection is refused
        int local6 = Common("skc_v6_rcv_saddr"), remote6 = Common("skc_v6_daddr");
        return
        [
            BpfInstruction.Copy(Context, 1),
            BpfInstruction.Load(Socket, Context, 0),
            BpfInstruction.Store(BpfInstruction.Frame, At, Socket),
            BpfInstruction.Load(1, Context, 16),
            BpfInstruction.Store(BpfInstruction.Frame, At + 8, 1),
            .. Keep(BpfInstruction.LoadQuarter(1, Socket, family), 16),
            .. Keep(BpfInstruction.LoadQuarter(1, Socket, remotePort), 32),
            .. Keep(BpfInstruction.LoadHalf(1, Socket, local), 40),
            .. Keep(BpfInstruction.LoadHalf(1, Socket, remote), 48),
            .. Keep(BpfInstruction.Load(1, Socket, local6), 56),
            .. Keep(BpfInstruction.Load(1, Socket, local6 + 8), 64),
            .. Keep(BpfInstruction.Load(1, Socket, remote6), 72),
            .. Keep(BpfInstruction.Load(1, Socket, remote6 + 8), 80),
            BpfInstruction.Copy(1, Socket),
            BpfInstruction.Call(TcpSocket),
            BpfInstruction.SkipIfZero(0, ToTheEnd), // SCTP has states, too
            .. Keep(BpfInstruction.LoadQuarter(1, 0, localPort), 24),
            BpfInstruction.Copy(1, BpfInstruction.Frame),
            BpfInstruction.Add(1, At + 88),
            BpfInstruction.Set(2, 16),
            BpfInstruction.Call(CurrentName),
            BpfInstruction.Call(CurrentProcess),
            BpfInstruction.Store(BpfInstruction.Frame, At + 104, 0),
            BpfInstruction.Call(CurrentCgroup),
            BpfInstruction.Store(BpfInstruction.Frame, At + 112, 0),
            .. BpfInstruction.LoadMap(1, queue),
            BpfInstruction.Copy(2, BpfInstruction.Frame),
            BpfInstruction.Add(2, At),
            BpfInstruction.Set(3, Overwrite),
            BpfInstruction.Call(Push),
            BpfInstruction.Set(0, 0),
            BpfInstruction.Exit(),
        ];

        int Common(string member) => BpfSystem.Member(types, "sock_common", member);

        static BpfInstruction[] Keep(BpfInstruction load, int offset) => [load, BpfInstruction.Store(BpfInstruction.Frame, At + offset, 1)];
    }

    // As the program writes it: eight octets for each, addresses of IPv6 sixteen, in the order of octets of the kernel's members.
    [StructLayout(LayoutKind.Explicit, Size = Size)]
    private struct Change
    {
        internal const int Size = 120;

        [FieldOffset(0)]
        internal ulong Socket;

        [FieldOffset(8)]
        internal long State; // the new one

        [FieldOffset(16)]
        internal long Family;

        [FieldOffset(24)]
        internal long LocalPort; // as on the wire

        [FieldOffset(32)]
        internal long RemotePort; // as on the wire

        [FieldOffset(104)]
        internal ulong Process; // in the upper half

        [FieldOffset(112)]
        internal ulong Cgroup;
    }
}
