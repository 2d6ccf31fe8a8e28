// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetWhy.Linux.Interop;
using NetWhy.Wire.Btf;

namespace NetWhy.Linux.Bpf;

/// <summary>Lists the sockets that all processes hold open, by a program in the kernel that walks their descriptors.</summary>
/// <remarks>
/// <para>
/// It takes about a microsecond a descriptor, where /proc takes five and a directory entry for each. It needs no
/// compiler and no library: the few instructions are written here, with the places of the members that they read from
/// the kernel's own description of its types. Kernel 5.11 or later, CAP_BPF and CAP_PERFMON.
/// </para>
/// <para>Source: Documentation/bpf/bpf_iterators.rst; bpf(2), linux/bpf.h.</para>
/// </remarks>
internal static unsafe class TaskFileIterator
{
    private const string KernelTypesPath = "/sys/kernel/btf/vmlinux";

    private const int AttributesSize = 128; // of union bpf_attr: what the commands below read of it
    private const int ProgramLoad = 5; // BPF_PROG_LOAD
    private const int LinkCreate = 28; // BPF_LINK_CREATE
    private const int IteratorCreate = 33; // BPF_ITER_CREATE
    private const int TracingProgram = 26; // BPF_PROG_TYPE_TRACING
    private const int IteratorAttach = 28; // BPF_TRACE_ITER

    private const int SequenceWrite = 127; // bpf_seq_write
    private const int SocketFromFile = 162; // bpf_sock_from_file

    /// <summary>One descriptor of a socket, as the program writes it.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
    internal struct Record
    {
        internal const int Size = 32;
        internal ulong Inode;
        internal uint Descriptor;
        internal int Pid;
        internal ulong NameStart; // comm of the process: 16 octets, ended by a zero octet
        internal ulong NameEnd;
    }

    private static (int Function, BpfInstruction[] Instructions)? _assembled; // the types take milliseconds to read

    /// <summary>Walks all descriptors of sockets, by ascending process and descriptor.</summary>
    /// <param name="handler">Gets them in blocks.</param>
    /// <exception cref="LinuxException">The kernel forbids it, or cannot do it.</exception>
    internal static void Run(Action<ReadOnlySpan<Record>> handler)
    {
        (int function, BpfInstruction[] instructions) = _assembled ??= Assemble(KernelTypesOfThisMachine());
        using SafeFileHandle program = Load(function, instructions);
        Span<byte> attributes = stackalloc byte[AttributesSize];
        attributes.Clear();
        MemoryMarshal.Write(attributes, (uint)program.DangerousGetHandle());
        MemoryMarshal.Write(attributes[8..], (uint)IteratorAttach);
        using SafeFileHandle link = Call(LinkCreate, attributes, "bpf(BPF_LINK_CREATE)");

        attributes.Clear();
        MemoryMarshal.Write(attributes, (uint)link.DangerousGetHandle());
        using SafeFileHandle iterator = Call(IteratorCreate, attributes, "bpf(BPF_ITER_CREATE)");
        Read(iterator, handler);
    }

    private static void Read(SafeFileHandle iterator, Action<ReadOnlySpan<Record>> handler)
    {
        byte[] buffer = new byte[1024 * Record.Size];
        int held = 0;
        while (true)
        {
            nint read = Libc.read(iterator, buffer.AsSpan(held), (nuint)(buffer.Length - held));
            if (read < 0)
            {
                if (Marshal.GetLastPInvokeError() is (int)Errno.EINTR or (int)Errno.EAGAIN)
                    continue; // the kernel asks to be asked again after a long walk without output
                throw LinuxException.FromLastError("read");
            }

            if (read == 0)
                return;
            held += (int)read;
            int whole = held - (held % Record.Size);
            handler(MemoryMarshal.Cast<byte, Record>(buffer.AsSpan(0, whole)));
            buffer.AsSpan(whole, held - whole).CopyTo(buffer);
            held -= whole;
        }
    }

    private static (int Function, BpfInstruction[] Instructions) Assemble(KernelTypes types)
    {
        int function = types.FunctionNumber("bpf_iter_task_file")
            ?? throw new LinuxException("bpf_iter_task_file", (int)Errno.EOPNOTSUPP);
        int file = Member(types, "bpf_iter__task_file", "file");
        int task = Member(types, "bpf_iter__task_file", "task");
        int descriptor = Member(types, "bpf_iter__task_file", "fd");
        int meta = Member(types, "bpf_iter__task_file", "meta");
        int sequence = Member(types, "bpf_iter_meta", "seq");
        int inode = Member(types, "file", "f_inode");
        int number = Member(types, "inode", "i_ino");
        int pid = Member(types, "task_struct", "tgid");
        int leader = Member(types, "task_struct", "group_leader");
        int name = Member(types, "task_struct", "comm");

        const int Context = 6, File = 7, Task = 8, Output = -Record.Size; // registers that calls keep; place in the frame
        const int ToTheEnd = 18; // instructions after the third of these and before the last two
        return (function,
        [
            BpfInstruction.Copy(Context, 1),
            BpfInstruction.Load(File, Context, file),
            BpfInstruction.SkipIfZero(File, ToTheEnd + 5), // the kernel's last call, after the last file
            BpfInstruction.Load(Task, Context, task),
            BpfInstruction.SkipIfZero(Task, ToTheEnd + 3),

            BpfInstruction.Copy(1, File),
            BpfInstruction.Call(SocketFromFile),
            BpfInstruction.SkipIfZero(0, ToTheEnd), // a file of another kind
            BpfInstruction.Load(1, File, inode),
            BpfInstruction.Load(1, 1, number),
            BpfInstruction.Store(BpfInstruction.Frame, Output, 1),
            BpfInstruction.LoadHalf(1, Context, descriptor),
            BpfInstruction.StoreHalf(BpfInstruction.Frame, Output + 8, 1),
            BpfInstruction.LoadHalf(1, Task, pid),
            BpfInstruction.StoreHalf(BpfInstruction.Frame, Output + 12, 1),
            BpfInstruction.Load(1, Task, leader),
            BpfInstruction.Load(2, 1, name),
            BpfInstruction.Store(BpfInstruction.Frame, Output + 16, 2),
            BpfInstruction.Load(2, 1, name + 8),
            BpfInstruction.Store(BpfInstruction.Frame, Output + 24, 2),
            BpfInstruction.Load(1, Context, meta),
            BpfInstruction.Load(1, 1, sequence),
            BpfInstruction.Copy(2, BpfInstruction.Frame),
            BpfInstruction.Add(2, Output),
            BpfInstruction.Set(3, Record.Size),
            BpfInstruction.Call(SequenceWrite),
            BpfInstruction.Set(0, 0),
            BpfInstruction.Exit(),
        ]);
    }

    private static KernelTypes KernelTypesOfThisMachine()
    {
        try
        {
            return KernelTypes.Read(File.ReadAllBytes(KernelTypesPath)) ?? throw new LinuxException(KernelTypesPath, (int)Errno.EBADMSG);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            throw new LinuxException(KernelTypesPath, (int)Errno.ENOENT);
        }
    }

    private static int Member(KernelTypes types, string structName, string memberName) =>
        types.MemberOffset(structName, memberName) ?? throw new LinuxException($"{KernelTypesPath} ({structName}.{memberName})", (int)Errno.ENOENT);

    private static SafeFileHandle Load(int function, BpfInstruction[] program)
    {
        Span<byte> attributes = stackalloc byte[AttributesSize];
        attributes.Clear();
        fixed (BpfInstruction* instructions = program)
        fixed (byte* license = "GPL\0"u8)
        {
            MemoryMarshal.Write(attributes, (uint)TracingProgram);
            MemoryMarshal.Write(attributes[4..], (uint)program.Length);
            MemoryMarshal.Write(attributes[8..], (ulong)instructions);
            MemoryMarshal.Write(attributes[16..], (ulong)license);
            Encoding.ASCII.GetBytes("netwhy_sockets").CopyTo(attributes[48..]); // prog_name, shown by bpftool
            MemoryMarshal.Write(attributes[68..], (uint)IteratorAttach); // expected_attach_type
            MemoryMarshal.Write(attributes[108..], (uint)function); // attach_btf_id
            return Call(ProgramLoad, attributes, "bpf(BPF_PROG_LOAD)");
        }
    }

    private static SafeFileHandle Call(int command, ReadOnlySpan<byte> attributes, string what)
    {
        fixed (byte* octets = attributes)
        {
            nint descriptor = Libc.syscall(Libc.SYS_bpf, command, (nint)octets, attributes.Length);
            return descriptor < 0
                ? throw LinuxException.FromLastError(what)
                : new SafeFileHandle(descriptor, ownsHandle: true);
        }
    }
}
