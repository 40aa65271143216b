a stand-in for a transport stream
