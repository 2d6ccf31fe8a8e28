using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Why a packet cannot be read further.</summary>
internal enum FaultKind : byte
{
    /// <summary>It can.</summary>
    None,

    /// <summary>The rest was not captured.</summary>
    Cut,

    /// <summary>What is read ends before what it announces.</summary>
    Malformed,

    /// <summary>The rest lies in other fragments.</summary>
    Unreassembled,
}

/// <summary>That something was to be read which is not there, and who wanted it. One for all packets: it is used again.</summary>
internal sealed class Fault
{
    private readonly Field?[] _outer = new Field?[Dissection.DeepestNesting + 1];

    /// <summary>Why nothing is read any more.</summary>
    internal FaultKind Kind { get; private set; }

    /// <summary>Whether what ends too early is said to be longer than what it lies in.</summary>
    internal bool IsContained { get; set; }

    /// <summary>The protocol that wanted it; null for none, before there is one.</summary>
    internal Field? Reader { get; private set; }

    /// <summary>The protocol that is read now.</summary>
    internal Field? Current { get; set; }

    /// <summary>Forgets the packet before.</summary>
    internal void Clear()
    {
        Kind = FaultKind.None;
        Current = null;
        IsContained = false;
    }

    /// <summary>Goes one protocol deeper.</summary>
    /// <param name="depth">How deep it was.</param>
    internal void Enter(int depth) => _outer[Math.Min(depth, _outer.Length - 1)] = Current;

    /// <summary>Comes back.</summary>
    /// <param name="depth">How deep it is then.</param>
    internal void Leave(int depth) => Current = _outer[Math.Min(depth, _outer.Length - 1)];

    /// <summary>Says that the protocol that is read now wanted more.</summary>
    /// <param name="kind">Why it is not there.</param>
    internal void Raise(FaultKind kind)
    {
        Kind = kind;
        Reader = Current;
    }

    /// <summary>Says which protocol wanted more.</summary>
    /// <param name="reader">The protocol.</param>
    internal void Blame(Field reader) => Reader = reader;

    /// <summary>Goes on.</summary>
    /// <returns>Why nothing was read any more.</returns>
    internal FaultKind Settle()
    {
        FaultKind kind = Kind;
        Kind = FaultKind.None;
        IsContained = false;
        return kind;
    }
}
