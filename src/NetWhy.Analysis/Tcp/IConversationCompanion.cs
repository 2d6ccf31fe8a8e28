namespace NetWhy.Analysis.Tcp;

/// <summary>Remembers more of the conversations that a <see cref="TcpAnalyzer"/> follows, at the same places.</summary>
internal interface IConversationCompanion
{
    /// <summary>What a conversation that begins now is numbered by.</summary>
    int Number { get; }

    /// <summary>A conversation begins, or one that was forgotten goes on: it has its number.</summary>
    /// <param name="index">Its place.</param>
    void Begin(int index);

    /// <summary>A conversation is forgotten.</summary>
    /// <param name="index">Its place.</param>
    void Forget(int index);

    /// <summary>A conversation moves to the place of one that was forgotten.</summary>
    /// <param name="from">Its place before.</param>
    /// <param name="to">Its place from now on.</param>
    void Move(int from, int to);
}
