using System.Runtime.InteropServices;

namespace NetWhy.Linux.Bpf;

/// <summary>One instruction of eBPF.</summary>
/// <remarks>Source: RFC 9669; <c>struct bpf_insn</c> in linux/bpf.h.</remarks>
/// <param name="Code">What it does.</param>
/// <param name="Registers">Destination in the low four bits, source in the high four.</param>
/// <param name="Offset">Offset of a jump, or in memory.</param>
/// <param name="Immediate">Constant.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct BpfInstruction(byte Code, byte Registers, short Offset, int Immediate)
{
    private const byte Load16 = 0x69; // BPF_LDX | BPF_MEM | BPF_H
    private const byte LoadConstant64 = 0x18; // BPF_LD | BPF_IMM | BPF_DW, in two instructions
    private const byte Load32 = 0x61; // BPF_LDX | BPF_MEM | BPF_W
    private const byte Load64 = 0x79; // BPF_LDX | BPF_MEM | BPF_DW
    private const byte Store32 = 0x63; // BPF_STX | BPF_MEM | BPF_W
    private const byte Store64 = 0x7b; // BPF_STX | BPF_MEM | BPF_DW
    private const byte Move = 0xbf; // BPF_ALU64 | BPF_MOV | BPF_X
    private const byte MoveConstant = 0xb7; // BPF_ALU64 | BPF_MOV | BPF_K
    private const byte AddConstant = 0x07; // BPF_ALU64 | BPF_ADD | BPF_K
    private const byte JumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const byte CallHelper = 0x85; // BPF_JMP | BPF_CALL
    private const byte Return = 0x95; // BPF_JMP | BPF_EXIT

    /// <summary>The frame: memory below it belongs to the program.</summary>
    public const int Frame = 10;

    /// <summary>Loads a 64-bit number.</summary>
    public static BpfInstruction Load(int destination, int source, int offset) => new(Load64, Of(destination, source), (short)offset, 0);

    /// <summary>Loads a 32-bit number.</summary>
    public static BpfInstruction LoadHalf(int destination, int source, int offset) => new(Load32, Of(destination, source), (short)offset, 0);

    /// <summary>Loads a 16-bit number.</summary>
    public static BpfInstruction LoadQuarter(int destination, int source, int offset) => new(Load16, Of(destination, source), (short)offset, 0);

    /// <summary>Loads the address of a map.</summary>
    public static BpfInstruction[] LoadMap(int destination, int descriptor)
    {
        const int IsMap = 1; // BPF_PSEUDO_MAP_FD, in place of a source
        return [new(LoadConstant64, Of(destination, IsMap), 0, descriptor), default];
    }

    /// <summary>Stores a 64-bit number.</summary>
    public static BpfInstruction Store(int destination, int offset, int source) => new(Store64, Of(destination, source), (short)offset, 0);

    /// <summary>Stores a 32-bit number.</summary>
    public static BpfInstruction StoreHalf(int destination, int offset, int source) => new(Store32, Of(destination, source), (short)offset, 0);

    /// <summary>Copies a register.</summary>
    public static BpfInstruction Copy(int destination, int source) => new(Move, Of(destination, source), 0, 0);

    /// <summary>Sets a register to a constant.</summary>
    public static BpfInstruction Set(int destination, int value) => new(MoveConstant, Of(destination, 0), 0, value);

    /// <summary>Adds a constant to a register.</summary>
    public static BpfInstruction Add(int destination, int value) => new(AddConstant, Of(destination, 0), 0, value);

    /// <summary>Skips instructions if a register is zero.</summary>
    public static BpfInstruction SkipIfZero(int register, int instructions) => new(JumpIfEqual, Of(register, 0), (short)instructions, 0);

    /// <summary>Calls a helper of the kernel, <c>enum bpf_func_id</c>.</summary>
    public static BpfInstruction Call(int helper) => new(CallHelper, 0, 0, helper);

    /// <summary>Ends the program.</summary>
    public static BpfInstruction Exit() => new(Return, 0, 0, 0);

    private static byte Of(int destination, int source) => (byte)(destination | (source << 4));
}
